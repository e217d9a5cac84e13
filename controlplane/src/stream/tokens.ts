/** Tokens: which bearer token belongs to which DataPlane. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Tokens {
  /** Undefined for a token that belongs to no DataPlane. */
  admit(token: string): Admission | undefined;
}

/** What a token gave access to. */
export interface Admission {
  dataPlane: string;
  /** False when the token has been taken back since. */
  isValid(): boolean;
}

export interface TokenEntry {
  dataPlane: string;
  digest: Buffer;
}

/** Takes the same time whichever entry it is. */
export function dataPlaneOf(presented: Buffer, entries: Iterable<TokenEntry>): string | undefined {
  let dataPlane: string | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(entry.digest, presented)) dataPlane = entry.dataPlane;
  }
  return dataPlane;
}

/** Equal lengths for the comparison in constant time, and no token in memory for longer than needed. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
