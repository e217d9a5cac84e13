/** A revision: one accepted state of the configuration, named by lineage, sequence and hash. */
import type { Resource, ResourceKey } from '../configuration/types.ts';

/** Sequences are comparable only inside one lineage. */
export interface RevisionId {
  lineage: string;
  /** 1 or more, rising. */
  sequence: number;
  /** `sha256:` and 64 hexadecimal digits; see `hash.ts`. */
  hash: string;
}

/** A resource with the digest of its canonical JSON, so that nobody canonicalises it twice. */
export interface DigestedResource {
  resource: Resource;
  /** 64 hexadecimal digits. */
  digest: string;
}

/** Never changed after it is made: a change makes a new one. */
export type ResourceSet = ReadonlyMap<ResourceKey, DigestedResource>;

export interface Revision {
  id: RevisionId;
  resources: ResourceSet;
}

export function sameRevision(a: RevisionId | undefined, b: RevisionId | undefined): boolean {
  return a?.lineage === b?.lineage && a?.sequence === b?.sequence && a?.hash === b?.hash;
}
