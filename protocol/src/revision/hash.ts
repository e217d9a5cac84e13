/** Digests of resources and the hash of a whole configuration. */
import { hash } from 'node:crypto';
import type { Resource } from '../configuration/types.ts';
import { canonicalJson } from './canonical.ts';
import type { DigestedResource, ResourceSet } from './revision.ts';

/** Throws ProtocolError where the resource has no canonical JSON. */
export function digestResource(resource: Resource): DigestedResource {
  return { resource, digest: hash('sha256', canonicalJson(resource), 'hex') };
}

/**
 * `sha256:` and the SHA-256 of the sorted lines `kind/name digest`, each ended by a line feed; `sort | sha256sum`
 * gives the same in the C locale. It needs only digests, so a change costs its own size and one pass over the lines.
 */
export function hashResources(set: ResourceSet): string {
  const lines: string[] = [];
  for (const [key, { digest }] of set) lines.push(`${key} ${digest}\n`);
  return `sha256:${hash('sha256', lines.sort().join(''), 'hex')}`;
}
