/** Takes targets that fail the requests themselves out for a while. */
import type { Ejection, Target } from './backend.ts';

export interface PassiveSettings {
  /** In a row. */
  readonly consecutiveErrors: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionPercent: number;
}

export function isEjected({ ejection }: Target, now: number): boolean {
  return ejection !== undefined && ejection.until > now;
}

/** True where it is one error too many. Those of requests that were under way when the target was ejected do not count again. */
export function isErrorTooMany(target: Target, { consecutiveErrors }: PassiveSettings, now: number): boolean {
  if (isEjected(target, now)) return false;
  target.errors++;
  return target.errors >= consecutiveErrors;
}

/** Of several targets one may always go, for a share of few is none; of one, none: it is better than nothing. */
export function mayEject(
  targets: readonly Target[],
  { maxEjectionPercent }: PassiveSettings,
  now: number,
): boolean {
  if (targets.length < 2) return false;
  const most = Math.max(1, Math.floor((targets.length * maxEjectionPercent) / 100));
  let ejected = 0;
  for (const target of targets) if (isEjected(target, now)) ejected++;
  return ejected < most;
}

/**
 * The ejection that follows `previous`: twice as long where the target failed again before it had been back for as long
 * as it was out. Up to a tenth longer, so that the workers of a fleet do not return all at once.
 */
export function nextEjection(
  previous: Ejection | undefined,
  { baseEjectionMs, maxEjectionMs }: PassiveSettings,
  now: number,
  random: () => number,
): Ejection {
  const inRow = previous !== undefined && now - previous.until < previous.forMs;
  const earlier = inRow ? previous.earlier + 1 : 0;
  const forMs = Math.min(baseEjectionMs * 2 ** earlier, maxEjectionMs);
  return { until: now + forMs * (1 + random() / 10), forMs, earlier };
}
