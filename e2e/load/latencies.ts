/** Latencies in buckets 2 % apart: percentiles of any number of requests in a few kilobytes. */

const GROWTH = Math.log(1.02);
const LEAST_MS = 0.1;

export class Latencies {
  readonly #counts: number[] = [];
  #total = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / GROWTH);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** The latency that `share` (0..1) of the requests did not exceed, at most 2 % too high; 0 without any. */
  percentile(share: number): number {
    let left = Math.ceil(this.#total * share);
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count ?? 0;
      if (left <= 0) return Math.min(this.#maxMs, LEAST_MS * Math.exp(bucket * GROWTH));
    }
    return this.#maxMs;
  }

  summary(): LatencySummary {
    const rounded = (ms: number) => Math.round(ms * 10) / 10;
    return {
      p50: rounded(this.percentile(0.5)),
      p90: rounded(this.percentile(0.9)),
      p99: rounded(this.percentile(0.99)),
      max: rounded(this.#maxMs),
    };
  }
}

/** Milliseconds. */
export interface LatencySummary {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}
