/** What the fields of one backend say about each other: the rules that a JSON Schema cannot put in words. */
import { describeFound } from '../validation/found.ts';
import type { Problem } from '../validation/validator.ts';
import { formatHostPort } from '../values/address.ts';
import { parseDuration } from '../values/duration.ts';
import { pointerTo } from '../values/json-pointer.ts';
import { durationProblems } from './duration-bounds.ts';
import type {
  ActiveHealthCheck,
  Backend,
  Duration,
  Endpoint,
  LoadBalancing,
  PassiveHealthCheck,
} from './types.ts';

/** Of a health check that says nothing of its own. */
export const DEFAULT_CHECK_INTERVAL: Duration = '5s';
export const DEFAULT_BASE_EJECTION: Duration = '30s';
export const DEFAULT_MAX_EJECTION: Duration = '5m';

/** Problems of a backend that has the form of its schema. */
export function checkBackendRules(backend: Backend, at: string): Problem[] {
  const { endpoints, healthCheck = {}, loadBalancing } = backend;
  const check = pointerTo(at, 'healthCheck');
  return [
    ...checkSource(backend, at),
    ...checkEndpoints(endpoints ?? [], pointerTo(at, 'endpoints')),
    ...(loadBalancing ? checkLoadBalancing(loadBalancing, pointerTo(at, 'loadBalancing')) : []),
    ...checkActive(healthCheck.active ?? {}, pointerTo(check, 'active')),
    ...checkPassive(healthCheck.passive ?? {}, pointerTo(check, 'passive')),
  ];
}

function checkSource({ endpoints, service, dns }: Backend, at: string): Problem[] {
  const given = Object.entries({ endpoints, service, dns }).filter(([, value]) => value !== undefined);
  if (given.length === 1) return [];
  const found = given.length === 0 ? 'none of them' : given.map(([name]) => name).join(' and ');
  return [{ pointer: at, expected: 'exactly one of endpoints, service and dns', found }];
}

function checkLoadBalancing(
  { policy, consistentHash, trafficDistribution }: LoadBalancing,
  at: string,
): Problem[] {
  const hashes = policy === 'ConsistentHash';
  if (consistentHash !== undefined && !hashes) {
    const expected = 'consistentHash only with the policy ConsistentHash';
    return [{ pointer: pointerTo(at, 'consistentHash'), expected, found: `policy ${describeFound(policy)}` }];
  }
  if (trafficDistribution === undefined || !hashes) return [];
  const expected =
    'no trafficDistribution with the policy ConsistentHash: the same key has one endpoint in all zones';
  return [
    { pointer: pointerTo(at, 'trafficDistribution'), expected, found: describeFound(trafficDistribution) },
  ];
}

function checkActive(active: ActiveHealthCheck, at: string): Problem[] {
  const { path, interval = DEFAULT_CHECK_INTERVAL, timeout } = active;
  const problems = durationProblems(interval, { least: '100ms' }, pointerTo(at, 'interval'));
  if (timeout !== undefined && problems.length === 0) {
    problems.push(...durationProblems(timeout, { least: '1ms', most: interval }, pointerTo(at, 'timeout')));
  }
  for (const field of ['hostname', 'expectedStatuses'] as const) {
    if (path !== undefined || active[field] === undefined) continue;
    const expected = `no ${field} without a path: without one the check only connects`;
    problems.push({ pointer: pointerTo(at, field), expected, found: describeFound(active[field]) });
  }
  return problems;
}

function checkPassive({ baseEjection, maxEjection }: PassiveHealthCheck, at: string): Problem[] {
  const base = baseEjection ?? DEFAULT_BASE_EJECTION;
  const problems = durationProblems(base, { least: '100ms' }, pointerTo(at, 'baseEjection'));
  if (problems.length > 0) return problems;
  const most = maxEjection ?? DEFAULT_MAX_EJECTION;
  if (parseDuration(most)! >= parseDuration(base)!) return [];
  const [field, found] = maxEjection === undefined ? ['baseEjection', base] : ['maxEjection', most];
  const expected =
    field === 'maxEjection' ? `at least ${base}, the base` : `at most ${most}, or a maxEjection above it`;
  return [{ pointer: pointerTo(at, field!), expected, found: describeFound(found) }];
}

/** An endpoint that stands twice would be tried twice, and get twice its share. */
function checkEndpoints(endpoints: readonly Endpoint[], at: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, { address, port }] of endpoints.entries()) {
    const endpoint = formatHostPort({ host: address, port });
    if (seen.has(endpoint)) {
      problems.push({
        pointer: pointerTo(at, index),
        expected: 'each endpoint once',
        found: `${describeFound(endpoint)} again`,
      });
    }
    seen.add(endpoint);
  }
  return problems;
}
