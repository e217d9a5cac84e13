/** What `metadata.managedFields` says about one manager. */
import type { KubeObject, ManagedFieldsEntry } from '../objects/object.ts';
import type { FieldSet } from './field-set.ts';

/** The fields of the object itself (not of a subresource) that the manager has applied; undefined where it has applied nothing. */
export function appliedFields({ metadata }: KubeObject, manager: string): FieldSet | undefined {
  return metadata.managedFields?.find((entry) => isOwn(entry, manager, 'Apply'))?.fieldsV1;
}

/**
 * The entries with the manager's `Update` turned into its `Apply`; undefined where there is none to turn. A create is
 * recorded as an update, and what an update owns is never removed by a later apply that leaves it out.
 */
export function asApplied({ metadata }: KubeObject, manager: string): ManagedFieldsEntry[] | undefined {
  const entries = metadata.managedFields ?? [];
  const created = entries.find((entry) => isOwn(entry, manager, 'Update'));
  if (created === undefined) return undefined;
  const others = entries.filter((entry) => entry !== created);
  if (others.some((entry) => isOwn(entry, manager, 'Apply'))) return others;
  return [...others, { ...created, operation: 'Apply' }];
}

function isOwn(entry: ManagedFieldsEntry, manager: string, operation: 'Apply' | 'Update'): boolean {
  return entry.manager === manager && entry.operation === operation && !entry.subresource;
}
