/** Resource sets: every resource of a configuration by kind and name, with its digest. */
import type { Resource, ResourceKey, ResourceKind } from '../configuration/types.ts';
import { digestResource } from './hash.ts';
import type { DigestedResource, ResourceSet } from './revision.ts';

export function resourceKey(kind: ResourceKind, name: string): ResourceKey {
  return `${kind}/${name}`;
}

/** Digests each resource; of two with one key the later counts. Throws ProtocolError where one has no canonical JSON. */
export function resourceSet(entries: Iterable<readonly [ResourceKey, Resource]>): ResourceSet {
  const set = new Map<ResourceKey, DigestedResource>();
  for (const [key, resource] of entries) set.set(key, digestResource(resource));
  return set;
}
