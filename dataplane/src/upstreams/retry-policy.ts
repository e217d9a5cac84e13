/** Decides whether and when a request that failed is tried again. */
import type { RouteRetry } from '@holdfast/protocol/configuration/types.ts';
import type { Upstream } from './upstream.ts';

export interface RetryPolicy {
  /** Tries after the first. */
  readonly attempts: number;
  readonly codes: ReadonlySet<number>;
  readonly backoffMs: number;
}

/** How a try ended: the status of its answer, a connection that broke before one, or none in time. */
export type TryOutcome = number | 'reset' | 'timeout';

export const DEFAULT_RETRY: Readonly<Required<RouteRetry>> = {
  attempts: 2,
  codes: [502, 503, 504],
  backoff: '50ms',
};
const LONGEST_DELAY_MS = 10_000;

export const NO_RETRY = -1;

/**
 * Milliseconds until the next try, or NO_RETRY. To be asked only of a request that may be repeated, of whose answer the
 * client has seen nothing. `made`: retries made before. Never less than the backoff, as Gateway API asks; up to half of
 * it more, so that what failed together does not come back together.
 */
export function retryDelay(
  policy: RetryPolicy | undefined,
  upstream: Upstream,
  outcome: TryOutcome,
  made: number,
  random: () => number = Math.random,
): number {
  if (policy === undefined || made >= policy.attempts) return NO_RETRY;
  if (typeof outcome === 'number' && !policy.codes.has(outcome)) return NO_RETRY;
  if (!upstream.takeRetry()) return NO_RETRY;
  return Math.min(policy.backoffMs * 2 ** made, LONGEST_DELAY_MS) * (1 + random() / 2);
}
