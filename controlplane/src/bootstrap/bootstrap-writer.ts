/** Decides when a bootstrap is written: soon after a promotion, seldom for facts alone, the latest only, again where it failed. */
import { Backoff } from '@holdfast/kube/backoff/backoff.ts';
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';

/** Milliseconds from the begin of one write to the next. */
export interface BootstrapTiming {
  /** Where the revision is another one. */
  revisionMs: number;
  /** Where only facts are: endpoints change all the time, and every node with an instance is sent what is written. */
  factsMs: number;
  /** Where nothing is: a Secret that somebody deleted comes back. */
  lookMs: number;
}

export const BOOTSTRAP_TIMING: BootstrapTiming = { revisionMs: 10_000, factsMs: 60_000, lookMs: 600_000 };

const RETRY = { firstMs: 5_000, maxMs: 120_000 };

export interface BootstrapWriterOptions<T> {
  /** Brings the content to where it is kept; `anew`: whatever was known of that place may not hold any more. */
  write(content: T, anew: boolean): Promise<void>;
  onFailure(error: unknown): void;
  timing?: BootstrapTiming;
  /** Beyond the shortest time between two writes. */
  retry?: { firstMs: number; maxMs: number };
}

interface Offer<T> {
  revision: RevisionId;
  /** Made when it is written: what is overtaken is never made. */
  content: () => T;
}

export class BootstrapWriter<T> {
  readonly #options: BootstrapWriterOptions<T>;
  readonly #timing: BootstrapTiming;
  readonly #backoff: Backoff;
  /** The latest. */
  #offer: Offer<T> | undefined;
  /** It is not written. */
  #isDue = false;
  #written: RevisionId | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  /** After a failure, what there is to wait beyond the shortest time. */
  #penaltyMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: BootstrapWriterOptions<T>) {
    this.#options = options;
    this.#timing = options.timing ?? BOOTSTRAP_TIMING;
    this.#backoff = new Backoff(options.retry ?? RETRY);
  }

  offer(revision: RevisionId, content: () => T): void {
    this.#offer = { revision, content };
    this.#isDue = true;
    this.#schedule();
  }

  /** Ends waiting, and waits for what is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#closed || this.#running !== undefined || this.#offer === undefined) return;
    clearTimeout(this.#timer);
    const waitMs = this.#begunAt + this.#distanceMs() + this.#penaltyMs - performance.now();
    this.#timer = setTimeout(() => this.#start(), Math.max(0, waitMs));
  }

  #distanceMs(): number {
    const { revisionMs, factsMs, lookMs } = this.#timing;
    if (!this.#isDue) return lookMs;
    const { lineage, sequence } = this.#offer!.revision;
    const same = this.#written?.lineage === lineage && this.#written.sequence === sequence;
    return same ? factsMs : revisionMs;
  }

  #start(): void {
    this.#running = this.#write(this.#offer!, !this.#isDue).finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
  }

  async #write(offer: Offer<T>, anew: boolean): Promise<void> {
    this.#begunAt = performance.now();
    this.#isDue = false;
    try {
      await this.#options.write(offer.content(), anew);
      this.#written = offer.revision;
      this.#penaltyMs = 0;
      this.#backoff.reset();
    } catch (error) {
      this.#isDue = true;
      // Nothing is known of what is there.
      this.#written = undefined;
      this.#penaltyMs = this.#backoff.next();
      this.#options.onFailure(error);
    }
  }
}
