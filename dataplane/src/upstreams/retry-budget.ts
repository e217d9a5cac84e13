/** Bounds retries by a share of the requests of the last ten seconds: a backend that fails is not pressed harder for it. */

const WINDOW_SECONDS = 10;
/** Of an instance, in a window: where there are few requests a share of them would be none. */
const ALWAYS_ALLOWED = 30;

export class RetryBudget {
  readonly #always: number;
  readonly #requests = new Uint32Array(WINDOW_SECONDS);
  readonly #retries = new Uint32Array(WINDOW_SECONDS);
  #second = 0;
  #requestsInWindow = 0;
  #retriesInWindow = 0;

  /** Each of so many workers has its part. */
  constructor(workers: number) {
    this.#always = Math.max(1, Math.floor(ALWAYS_ALLOWED / workers));
  }

  requested(): void {
    this.#requests[this.#second]!++;
    this.#requestsInWindow++;
  }

  /** `percent` of the requests, and a few in any case. */
  take(percent: number): boolean {
    const allowed = percent === 0 ? 0 : Math.max(this.#always, (this.#requestsInWindow * percent) / 100);
    if (this.#retriesInWindow >= allowed) return false;
    this.#retries[this.#second]!++;
    this.#retriesInWindow++;
    return true;
  }

  /** Another second has passed. */
  tick(): void {
    this.#second = (this.#second + 1) % WINDOW_SECONDS;
    this.#requestsInWindow -= this.#requests[this.#second]!;
    this.#retriesInWindow -= this.#retries[this.#second]!;
    this.#requests[this.#second] = 0;
    this.#retries[this.#second] = 0;
  }
}
