/** Settling: decides when a scope's files have stood still long enough to be read as a whole. */
import { type Listing, lacksFiles, sameListing } from './listing.ts';

/** A write in progress must not be published in part: a truncated YAML file may parse without error. */
export const SETTLE_MS = 150;
/** For a file that ends in the middle of a line, as a writer that pauses between two blocks leaves it. */
export const UNTERMINATED_SETTLE_MS = 400;
/** For a file that has vanished: editors and copies delete first and write again a moment later. */
export const REMOVAL_SETTLE_MS = 1_000;

/** For a file that could not be read: it may be readable again without any sign of change. */
export const RETRY_MS = 2_000;

export class Settling {
  #observed: Listing | undefined;
  #since = 0;
  #read: Listing | undefined;
  #retryAt = Number.POSITIVE_INFINITY;

  /** `settled`: to be read now; `moving`: look again soon; `known`: it is what was read last. `now` in milliseconds. */
  observe(listing: Listing, now: number): 'known' | 'moving' | 'settled' {
    if (this.#observed === undefined || !sameListing(this.#observed, listing)) {
      this.#observed = listing;
      this.#since = now;
    }
    if (this.#read !== undefined && sameListing(this.#read, listing)) {
      return now < this.#retryAt ? 'known' : 'settled';
    }
    const removal = this.#read !== undefined && lacksFiles(listing, this.#read);
    return this.quietFor(now) >= (removal ? REMOVAL_SETTLE_MS : SETTLE_MS) ? 'settled' : 'moving';
  }

  /** Milliseconds since the last observed change. */
  quietFor(now: number): number {
    return now - this.#since;
  }

  get everRead(): boolean {
    return this.#read !== undefined;
  }

  /** The listing was read: completely, or `failed` for a reason that may pass. */
  markRead(listing: Listing, now: number, failed: boolean): void {
    this.#read = listing;
    this.#retryAt = failed ? now + RETRY_MS : Number.POSITIVE_INFINITY;
  }
}
