/** Waits until something holds: asks again and again, for a bounded time, and says what it saw last. */
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 10 s. */
  timeoutMs?: number;
  /** Between two questions; default 50 ms. */
  everyMs?: number;
}

/** Resolves with the first value that is neither undefined nor false; a throw counts as "not yet". */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  { timeoutMs = 10_000, everyMs = 50 }: WaitOptions = {},
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  let last = 'nothing yet';
  for (;;) {
    try {
      const value = await ask();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline) throw new Error(`not within ${timeoutMs} ms: ${what} (last: ${last})`);
    await delay(everyMs);
  }
}

/** A mark in the course of a test: how long ago it was, and what is left until a moment after it. */
export class Mark {
  readonly #startMs = performance.now();

  elapsedMs(): number {
    return Math.round(performance.now() - this.#startMs);
  }

  /** Resolves when `ms` have passed since the mark: for faults that last, never for "it should be done by then". */
  async reach(ms: number): Promise<void> {
    await delay(Math.max(0, ms - this.elapsedMs()));
  }
}
