/** Deltas: what turns one resource set into another. */
import type { Resource, ResourceKey } from '../configuration/types.ts';
import { digestResource } from './hash.ts';
import type { ResourceSet } from './revision.ts';

export interface Delta {
  upserts: [ResourceKey, Resource][];
  removals: ResourceKey[];
}

/** Compares digests only. */
export function diff(from: ResourceSet, to: ResourceSet): Delta {
  const upserts: [ResourceKey, Resource][] = [];
  for (const [key, { resource, digest }] of to) {
    if (from.get(key)?.digest !== digest) upserts.push([key, resource]);
  }
  const removals: ResourceKey[] = [];
  for (const key of from.keys()) {
    if (!to.has(key)) removals.push(key);
  }
  return { upserts, removals };
}

/**
 * A new set, `set` stays as it is; what did not change is shared and not digested again. Removals come first.
 * Whether the result is what the sender meant shows its hash. Throws ProtocolError where an upsert has no canonical JSON.
 */
export function applyDelta(set: ResourceSet, delta: Delta): ResourceSet {
  const result = new Map(set);
  for (const key of delta.removals) result.delete(key);
  for (const [key, resource] of delta.upserts) result.set(key, digestResource(resource));
  return result;
}
