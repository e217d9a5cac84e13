/** When a busy server is tried again, and after how long. */
import { isApiError } from '../errors.ts';

/** Who is asked to wait longer says so to the caller instead, whose own queue waits without holding a worker. */
const MAX_WAIT_MS = 10_000;
/** Up to this share longer than asked: those who were sent away together must not come back together. */
const JITTER = 0.5;

/** Milliseconds; undefined where it is not tried again. Only answers that say "not done, come back" count. */
export function retryWaitMs(error: unknown, random: () => number): number | undefined {
  if (!isApiError(error) || (error.status !== 429 && error.status !== 503)) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined || retryAfterMs > MAX_WAIT_MS) return undefined;
  // A server that says "now" still gets a moment.
  const askedMs = Math.max(retryAfterMs, 100);
  return askedMs * (1 + JITTER * random());
}
