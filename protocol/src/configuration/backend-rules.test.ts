import { SCHEMA_LEVEL } from './levels.ts';
import { formatProblem } from './problem.ts';
import { checkResource } from './resources.ts';

function problemsOf(fields: object): string[] {
  const backend = { name: 'orders', ...fields };
  return checkResource('backend', backend, SCHEMA_LEVEL, '/backend/orders').map(formatProblem);
}

test.each<[string, object, string]>([
  ['neither endpoints nor service', {}, ': expected exactly one of endpoints and service, found neither'],
  [
    'both',
    { endpoints: [], service: { name: 'a', port: 1 } },
    ': expected exactly one of endpoints and service, found both',
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
    'dns',
    { endpoints: [], dns: { hostname: 'a', port: 1 } },
    '/dns: expected only name, endpoints, service, loadBalancing; dns is not supported yet',
  ],
  ['health checks', { endpoints: [], healthCheck: {} }, '/healthCheck: expected only'],
  [
    'a policy that is not known',
    { endpoints: [], loadBalancing: { policy: 'Maglev' } },
    '/loadBalancing/policy: expected one of RoundRobin, LeastRequest, found "Maglev"',
  ],
  [
    'the name of a Service with dots',
    { service: { name: 'a.b', port: 1 } },
    '/service/name: expected the name of a Service',
  ],
])('a backend with %s is one problem', (_title, fields, line) => {
  expect(problemsOf(fields)).toEqual([expect.stringContaining(`/backend/orders${line}`)]);
});
