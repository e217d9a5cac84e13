/** How many of something each key may have: a burst, then one in a while. */

export interface TokenBucketsOptions {
  burst: number;
  /** For one more, milliseconds. */
  refillMs: number;
  /** Keys that are remembered; the one longest not asked for is forgotten first. */
  maxKeys: number;
  /** Monotonic milliseconds. */
  now?: (() => number) | undefined;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  readonly #now: () => number;
  /** In the order in which they were last asked for. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** True where the key may have one more now. */
  take(key: string): boolean {
    const { burst, refillMs, maxKeys } = this.#options;
    const nowMs = this.#now();
    const before = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const tokens = Math.min(burst, before.tokens + (nowMs - before.atMs) / refillMs);
    const granted = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, atMs: nowMs });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxKeys) break;
      this.#buckets.delete(oldest);
    }
    return granted;
  }
}
