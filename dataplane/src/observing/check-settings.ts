/** An active health check as it is carried out: every default filled in. */
import { DEFAULT_CHECK_INTERVAL } from '@holdfast/protocol/configuration/backend-rules.ts';
import type { ActiveHealthCheck, Duration } from '@holdfast/protocol/configuration/types.ts';
import { parseDuration } from '@holdfast/protocol/values/duration.ts';

export interface CheckSettings {
  /** Undefined: a TCP connection that stands is enough. */
  http: HttpCheck | undefined;
  intervalMs: number;
  timeoutMs: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export interface HttpCheck {
  path: string;
  /** Undefined: the endpoint's address and port. */
  hostname: string | undefined;
  /** Undefined: 200 to 299. */
  expectedStatuses: ReadonlySet<number> | undefined;
}

const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_HEALTHY_THRESHOLD = 2;
const DEFAULT_UNHEALTHY_THRESHOLD = 3;

export function checkSettings({
  path,
  hostname,
  expectedStatuses,
  interval = DEFAULT_CHECK_INTERVAL,
  timeout,
  healthyThreshold = DEFAULT_HEALTHY_THRESHOLD,
  unhealthyThreshold = DEFAULT_UNHEALTHY_THRESHOLD,
}: ActiveHealthCheck): CheckSettings {
  const intervalMs = milliseconds(interval);
  return {
    http:
      path === undefined
        ? undefined
        : { path, hostname, expectedStatuses: expectedStatuses && new Set(expectedStatuses) },
    intervalMs,
    timeoutMs: timeout === undefined ? Math.min(DEFAULT_TIMEOUT_MS, intervalMs) : milliseconds(timeout),
    healthyThreshold,
    unhealthyThreshold,
  };
}

/** What serves was validated. */
function milliseconds(duration: Duration): number {
  return parseDuration(duration)!;
}
