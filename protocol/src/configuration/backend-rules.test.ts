import { SCHEMA_LEVEL } from './levels.ts';
import { formatProblem } from './problem.ts';
import { checkResource } from './resources.ts';

function problemsOf(fields: object): string[] {
  const backend = { name: 'orders', ...fields };
  return checkResource('backend', backend, SCHEMA_LEVEL, '/backend/orders').map(formatProblem);
}

test.each<[string, object, string]>([
  ['no endpoints', {}, ': expected exactly one of endpoints, service and dns, found none of them'],
  [
    'endpoints from two places',
    { endpoints: [], service: { name: 'a', port: 1 } },
    ': expected exactly one of endpoints, service and dns, found endpoints and service',
  ],
  [
    'a hostname as address',
    { endpoints: [{ address: 'a.example', port: 1 }] },
    '/endpoints/0/address: expected an IPv4 or IPv6 address, found "a.example"',
  ],
  [
    'a scoped address',
    { endpoints: [{ address: 'fe80::1%eth0', port: 1 }] },
    '/endpoints/0/address: expected an IPv4',
  ],
  [
    'a port as text',
    { endpoints: [{ address: '10.0.0.1', port: '80' }] },
    '/endpoints/0/port: expected a port 1..65535, found "80"',
  ],
  [
    'no port',
    { endpoints: [{ address: '10.0.0.1' }] },
    '/endpoints/0/port: expected a port 1..65535, found nothing',
  ],
  [
    'an endpoint twice',
    {
      endpoints: [
        { address: '::1', port: 1 },
        { address: '::1', port: 1 },
      ],
    },
    '/endpoints/1: expected each endpoint once, found "[::1]:1" again',
  ],
  [
    '1001 endpoints',
    { endpoints: Array.from({ length: 1001 }, (_, i) => ({ address: '10.0.0.1', port: i + 1 })) },
    '/endpoints: expected a list of at most 1000 endpoints, found a list of 1001',
  ],
  [
    'an address in place of a DNS name',
    { dns: { hostname: '10.0.0.1', port: 1 } },
    '/dns/hostname: expected a hostname',
  ],
  [
    'a policy that is not known',
    { endpoints: [], loadBalancing: { policy: 'Maglev' } },
    '/loadBalancing/policy: expected one of RoundRobin, LeastRequest, Random, ConsistentHash, found "Maglev"',
  ],
  [
    'a hash key that no policy uses',
    {
      endpoints: [],
      loadBalancing: { policy: 'Random', consistentHash: { type: 'Header', header: 'x-user' } },
    },
    '/loadBalancing/consistentHash: expected consistentHash only with the policy ConsistentHash, found policy "Random"',
  ],
  [
    'a hash by header without the header',
    { endpoints: [], loadBalancing: { policy: 'ConsistentHash', consistentHash: { type: 'Header' } } },
    '/loadBalancing/consistentHash/header: expected the name of a header',
  ],
  [
    'a preferred zone for what has one endpoint in all zones',
    {
      endpoints: [],
      loadBalancing: { policy: 'ConsistentHash', trafficDistribution: 'PreferSameZone' },
    },
    '/loadBalancing/trafficDistribution: expected no trafficDistribution with the policy ConsistentHash',
  ],
  [
    'checks without pause',
    { endpoints: [], healthCheck: { active: { interval: '0s' } } },
    '/healthCheck/active/interval: expected a duration of 100ms to 24h, found "0s"',
  ],
  [
    'checks that overlap',
    { endpoints: [], healthCheck: { active: { interval: '1s', timeout: '2s' } } },
    '/healthCheck/active/timeout: expected a duration of 1ms to 1s, found "2s"',
  ],
  [
    'an expected status of a check that only connects',
    { endpoints: [], healthCheck: { active: { expectedStatuses: [200] } } },
    '/healthCheck/active/expectedStatuses: expected no expectedStatuses without a path',
  ],
  [
    'an ejection that would shrink',
    { endpoints: [], healthCheck: { passive: { baseEjection: '10s', maxEjection: '5s' } } },
    '/healthCheck/passive/maxEjection: expected at least 10s, the base, found "5s"',
  ],
  [
    'a base above the longest ejection',
    { endpoints: [], healthCheck: { passive: { baseEjection: '10m' } } },
    '/healthCheck/passive/baseEjection: expected at most 5m, or a maxEjection above it, found "10m"',
  ],
  [
    'more than all in panic',
    { endpoints: [], healthCheck: { panicThreshold: 101 } },
    '/healthCheck/panicThreshold: expected percent 0..100, found 101',
  ],
  [
    'a limit of nothing',
    { endpoints: [], limits: { maxRequests: 0 } },
    '/limits/maxRequests: expected a number 1..1000000, found 0',
  ],
  [
    'the name of a Service with dots',
    { service: { name: 'a.b', port: 1 } },
    '/service/name: expected the name of a Service',
  ],
])('a backend with %s is one problem', (_title, fields, line) => {
  expect(problemsOf(fields)).toEqual([expect.stringContaining(`/backend/orders${line}`)]);
});

test.each<[string, object]>([
  ['a DNS name', { dns: { hostname: 'orders.example.com', port: 80 } }],
  ['every policy with what belongs to it', { endpoints: [], loadBalancing: { policy: 'ConsistentHash' } }],
  [
    'a preferred zone',
    { endpoints: [], loadBalancing: { policy: 'LeastRequest', trafficDistribution: 'PreferSameZone' } },
  ],
  [
    'health checks and limits',
    {
      endpoints: [],
      healthCheck: {
        active: { path: '/healthz', expectedStatuses: [200, 204], interval: '1s', timeout: '1s' },
        passive: { consecutiveErrors: 3 },
        panicThreshold: 0,
      },
      limits: { maxConnections: 100, maxPendingRequests: 10, maxRequests: 1000 },
      retryBudget: { percent: 0 },
    },
  ],
  ['checks that say nothing of their own', { endpoints: [], healthCheck: { active: {}, passive: {} } }],
])('a backend with %s is sound', (_title, fields) => {
  expect(problemsOf(fields)).toEqual([]);
});
