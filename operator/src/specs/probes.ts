/** The probes of an instance: readiness takes it out of the Service, liveness restarts its container. */
import type { Probes, ProbeTimes } from '@holdfast/api/data-plane.ts';
import { STATUS_PORT } from '@holdfast/api/ports.ts';

export function gatewayProbes({ readiness, liveness }: Probes): Record<string, unknown> {
  return {
    readinessProbe: probe('/status/ready', readiness),
    livenessProbe: probe('/status', liveness),
  };
}

function probe(path: string, times: ProbeTimes): Record<string, unknown> {
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, failureThreshold } = times;
  return {
    httpGet: { path, port: STATUS_PORT, scheme: 'HTTP' },
    initialDelaySeconds,
    periodSeconds,
    timeoutSeconds,
    failureThreshold,
  };
}
