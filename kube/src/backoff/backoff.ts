/** How long to wait before the next try: exponential with jitter. */

export interface BackoffOptions {
  /** Upper bound of the first wait, milliseconds, above 0. */
  firstMs: number;
  /** Upper bound of every wait, milliseconds, at least `firstMs`. */
  maxMs: number;
  /** The share of the bound that is always waited, 0 (full jitter, the default) up to 1 (no jitter). */
  steady?: number;
  /** 0 up to, not including, 1. */
  random?: (() => number) | undefined;
}

export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #steady: number;
  readonly #random: () => number;
  #boundMs: number;

  constructor({ firstMs, maxMs, steady = 0, random = Math.random }: BackoffOptions) {
    if (!(firstMs > 0)) throw new RangeError(`firstMs: expected above 0, found ${firstMs}`);
    if (!(maxMs >= firstMs)) throw new RangeError(`maxMs: expected at least ${firstMs}, found ${maxMs}`);
    if (!(steady >= 0 && steady <= 1)) throw new RangeError(`steady: expected 0 to 1, found ${steady}`);
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#steady = steady;
    this.#random = random;
    this.#boundMs = firstMs;
  }

  /** Milliseconds to wait now; jittered, so that what failed together does not come back together. */
  next(): number {
    const waitMs = this.#boundMs * (this.#steady + (1 - this.#steady) * this.#random());
    this.#boundMs = Math.min(this.#boundMs * 2, this.#maxMs);
    return waitMs;
  }

  /** To be called after a stable while only: a peer that accepts and fails at once must not be tried without pause. */
  reset(): void {
    this.#boundMs = this.#firstMs;
  }
}
