/** One term of leadership: it holds until a moment on the monotonic clock, which each renewal moves on. */
import type { Fence } from '../client/api-client.ts';
import { KubeError } from '../errors.ts';

export class LeadershipTerm implements Fence {
  readonly #abort = new AbortController();
  readonly #now: () => number;
  #untilMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** `untilMs` is on the clock `now`, monotonic milliseconds. */
  constructor(untilMs: number, now: () => number) {
    this.#untilMs = untilMs;
    this.#now = now;
    this.#watch();
  }

  /** Aborts when the term ends. A process that was stopped hears of it late: writes ask `assertLeading`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** By the clock, not by a timer: after a stop of the process, timers fire later than other callbacks. */
  get holds(): boolean {
    if (this.#abort.signal.aborted) return false;
    if (this.#now() < this.#untilMs) return true;
    this.end('the lease was not renewed in time');
    return false;
  }

  get remainingMs(): number {
    return this.holds ? this.#untilMs - this.#now() : 0;
  }

  /** Throws NOT_LEADING where the term has ended. */
  assertLeading(): void {
    if (!this.holds) throw this.#abort.signal.reason;
  }

  /** False where it had ended before: a renewal that was answered too late revives nothing. */
  extend(untilMs: number): boolean {
    if (!this.holds) return false;
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#watch();
    return this.holds;
  }

  end(why: string): void {
    clearTimeout(this.#timer);
    this.#abort.abort(new KubeError('NOT_LEADING', why));
  }

  #watch(): void {
    clearTimeout(this.#timer);
    // `holds` ends the term when its time is over.
    this.#timer = setTimeout(() => this.holds && this.#watch(), Math.max(1, this.#untilMs - this.#now()));
  }
}
