/** What a resource of the API is called, and the paths under which its objects stand. */
import type { ObjectName } from './object.ts';

export interface Resource {
  /** Empty for the core group. */
  group: string;
  version: string;
  /** As in the path: `deployments`. */
  plural: string;
  kind: string;
  namespaced: boolean;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Of all objects, or those of one namespace. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  if (namespace !== undefined && !namespaced) {
    throw new TypeError(`namespace: ${plural} are cluster-wide, found ${namespace}`);
  }
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** Throws where the name is empty, which would address the whole collection. */
export function objectPath(
  resource: Resource,
  { namespace, name }: ObjectName,
  subresource?: string,
): string {
  if (name === '') throw new TypeError(`name: expected that of one of the ${resource.plural}, found none`);
  if (resource.namespaced && !namespace) {
    throw new TypeError(`namespace: expected that of ${resource.kind} ${name}, found none`);
  }
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
