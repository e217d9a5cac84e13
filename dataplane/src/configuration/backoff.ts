/** How long to wait before the next try: exponential with full jitter. */

export interface BackoffOptions {
  /** Upper bound of the first wait, milliseconds, above 0. */
  firstMs: number;
  /** Upper bound of every wait, milliseconds, at least `firstMs`. */
  maxMs: number;
  /** 0 up to, not including, 1. */
  random?: () => number;
}

export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #boundMs: number;

  constructor({ firstMs, maxMs, random = Math.random }: BackoffOptions) {
    if (!(firstMs > 0)) throw new RangeError(`firstMs: expected above 0, found ${firstMs}`);
    if (!(maxMs >= firstMs)) throw new RangeError(`maxMs: expected at least ${firstMs}, found ${maxMs}`);
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
    this.#boundMs = firstMs;
  }

  /** Milliseconds to wait now. Anywhere from 0 to the bound, so that a fleet that failed together does not return together. */
  next(): number {
    const waitMs = this.#random() * this.#boundMs;
    this.#boundMs = Math.min(this.#boundMs * 2, this.#maxMs);
    return waitMs;
  }

  /** To be called after a stable while only: a peer that accepts and fails at once must not be tried without pause. */
  reset(): void {
    this.#boundMs = this.#firstMs;
  }
}
