/** A listing: the files that make up a scope as the file system shows them at one moment. */
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { Scope } from './source.ts';

export interface ListedFile {
  path: string;
  /** As problems and logs name it: relative to the source. */
  source: string;
  /** Changes with any write, rename-over or symlink swap. */
  fingerprint: string;
  /** Bytes. */
  size: number;
}

export interface Listing {
  /** In the order of their names. */
  files: ListedFile[];
  /** What could not be listed, or is no regular file. */
  problems: ConfigurationProblem[];
}

export interface Scan {
  scopes: Map<Scope, Listing>;
  /** Scopes that begin with one of these could not be listed: `default/`, or nothing for the whole source. */
  unknown: { prefix: string; problem: ConfigurationProblem }[];
}

export function sameListing(a: Listing, b: Listing): boolean {
  return identity(a) === identity(b);
}

/** True where a file of `before` is missing in `after`. */
export function lacksFiles(after: Listing, before: Listing): boolean {
  const present = new Set(after.files.map((file) => file.path));
  return before.files.some((file) => !present.has(file.path));
}

function identity(listing: Listing): string {
  return JSON.stringify([listing.files.map((file) => [file.path, file.fingerprint]), listing.problems]);
}
