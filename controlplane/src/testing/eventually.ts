/** Waiting in tests for what comes about by itself, with a deadline that says what did not come. */
import { setTimeout as pause } from 'node:timers/promises';

/** The first value of `look` that is neither undefined nor false. Looks each 10 ms, for `timeoutMs`. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(10);
  }
}
