/** Turns a backend as it is configured into one as the request path uses it. */
import {
  DEFAULT_BASE_EJECTION,
  DEFAULT_MAX_EJECTION,
} from '@holdfast/protocol/configuration/backend-rules.ts';
import type {
  Backend as BackendResource,
  Duration,
  LoadBalancing,
  PassiveHealthCheck,
} from '@holdfast/protocol/configuration/types.ts';
import { parseDuration } from '@holdfast/protocol/values/duration.ts';
import { BalancedBackend } from './balanced-backend.ts';
import type { Balancer } from './balancer.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { LeastRequest } from './least-request.ts';
import type { PassiveSettings } from './passive-health.ts';
import { RandomChoice } from './random-choice.ts';
import { RoundRobin } from './round-robin.ts';
import type { TargetRegistry } from './target-registry.ts';
import {
  DEFAULT_MAX_PENDING,
  DEFAULT_PANIC_THRESHOLD,
  DEFAULT_RETRY_PERCENT,
  type UpstreamSettings,
} from './upstream.ts';

const DEFAULT_CONSECUTIVE_ERRORS = 5;
const DEFAULT_MAX_EJECTION_PERCENT = 50;

export function compileBackend(resource: BackendResource, registry: TargetRegistry): BalancedBackend {
  const { loadBalancing = { policy: 'RoundRobin' } } = resource;
  const options = {
    balancer: balancerOf(loadBalancing, registry),
    settings: settingsOf(resource, registry.workers),
    prefersOwnZone: loadBalancing.trafficDistribution === 'PreferSameZone',
  };
  return new BalancedBackend(registry.upstream(resource.name), options, registry);
}

function balancerOf({ policy, consistentHash }: LoadBalancing, { random }: TargetRegistry): Balancer {
  switch (policy) {
    case 'RoundRobin':
      return new RoundRobin();
    case 'LeastRequest':
      return new LeastRequest(random);
    case 'Random':
      return new RandomChoice(random);
    case 'ConsistentHash':
      return new ConsistentHash(consistentHash ?? { type: 'SourceAddress' }, random);
    default:
      throw new TypeError(`a policy that is not known: ${JSON.stringify(policy)}`);
  }
}

function settingsOf(
  { limits = {}, healthCheck, retryBudget }: BackendResource,
  workers: number,
): UpstreamSettings {
  const { maxConnections, maxPendingRequests, maxRequests } = limits;
  return {
    maxConnections: part(maxConnections, workers),
    maxPendingRequests: part(maxPendingRequests ?? DEFAULT_MAX_PENDING, workers),
    maxRequests: part(maxRequests, workers),
    passive: healthCheck?.passive && passiveSettings(healthCheck.passive),
    panicThreshold: healthCheck?.panicThreshold ?? DEFAULT_PANIC_THRESHOLD,
    retryPercent: retryBudget?.percent ?? DEFAULT_RETRY_PERCENT,
  };
}

/** Rounded up: a worker without any could serve nothing. */
function part(limit: number | undefined, workers: number): number {
  return limit === undefined ? Number.POSITIVE_INFINITY : Math.ceil(limit / workers);
}

function passiveSettings({
  consecutiveErrors = DEFAULT_CONSECUTIVE_ERRORS,
  baseEjection = DEFAULT_BASE_EJECTION,
  maxEjection = DEFAULT_MAX_EJECTION,
  maxEjectionPercent = DEFAULT_MAX_EJECTION_PERCENT,
}: PassiveHealthCheck): PassiveSettings {
  return {
    consecutiveErrors,
    baseEjectionMs: milliseconds(baseEjection),
    maxEjectionMs: milliseconds(maxEjection),
    maxEjectionPercent,
  };
}

function milliseconds(duration: Duration): number {
  const value = parseDuration(duration);
  if (value === undefined) throw new TypeError(`${JSON.stringify(duration)} is no duration`);
  return value;
}
