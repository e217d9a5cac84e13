import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { EndpointSlice, Service } from '../kubernetes/objects.ts';
import { resolveService, servicePortsOf } from './service-facts.ts';

const WANTED = { name: 'orders', port: 80 };
const EVERYTHING = { ports: [{ name: 'web', port: 80 }], clusterIP: '10.99.0.7', ipFamilies: ['IPv4'] };

function service(spec: Service['spec'] = EVERYTHING): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'orders', namespace: 'default' },
    spec: spec!,
  };
}

function slice(fields: Partial<EndpointSlice>): EndpointSlice {
  const metadata = { name: 'orders-1', namespace: 'default' };
  const ports = [{ name: 'web', port: 8080, protocol: 'TCP' }];
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    ports,
    ...fields,
  };
}

function addresses(...slices: EndpointSlice[]): string[] {
  return resolveService(WANTED, service(), slices).value.endpoints.map(({ address }) => address);
}

test('ready endpoints have the port of the pod and their zone; the fallback has that of the Service', () => {
  const endpoints = [
    { addresses: ['10.1.0.2'], conditions: { ready: false }, zone: 'zone-b' },
    { addresses: ['10.1.0.1'], conditions: { ready: true }, zone: 'zone-a' },
    { addresses: ['10.1.0.3'] },
  ];
  expect(resolveService(WANTED, service(), [slice({ endpoints })])).toMatchObject({
    kind: 'endpoints',
    name: 'orders:80',
    value: {
      endpoints: [
        { address: '10.1.0.1', port: 8080, zone: 'zone-a' },
        { address: '10.1.0.3', port: 8080 },
      ],
      fallback: { address: '10.99.0.7', port: 80 },
    },
  });
});

test('endpoints that stand in several slices count once, in an order that does not depend on the slices', () => {
  const [a, b] = [{ addresses: ['10.1.0.1'] }, { addresses: ['10.1.0.2'] }];
  const [one, two] = [slice({ endpoints: [b] }), slice({ endpoints: [a, b] })];
  expect(addresses(one, two)).toEqual(['10.1.0.1', '10.1.0.2']);
  const versions = [
    [one, two],
    [two, one],
  ].map((slices) => resolveService(WANTED, service(), slices).version);
  expect(versions[0]).toBe(versions[1]);
});

test('of a Service of two families only the first counts, since both name the same pods', () => {
  const six = slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] });
  expect(addresses(six, slice({ endpoints: [{ addresses: ['10.1.0.1'] }] }))).toEqual(['10.1.0.1']);
});

test('other ports and protocols of the same pods are others', () => {
  const endpoints = [{ addresses: ['10.1.0.1'] }];
  const other = slice({ ports: [{ name: 'admin', port: 9090 }], endpoints });
  const udp = slice({ ports: [{ name: 'web', port: 8080, protocol: 'UDP' }], endpoints });
  expect(addresses(other, udp)).toEqual([]);
});

test.each([
  ['that is not there', undefined],
  ['without this port', service({ ...EVERYTHING, ports: [{ name: 'web', port: 81 }] })],
])('a Service %s has no endpoints and no fallback', (_, found) => {
  const endpoints = [{ addresses: ['10.1.0.1'] }];
  expect(resolveService(WANTED, found, [slice({ endpoints })]).value).toEqual({ endpoints: [] });
});

test('a headless Service has endpoints and no fallback', () => {
  const headless = service({ ...EVERYTHING, clusterIP: 'None' });
  const { value } = resolveService(WANTED, headless, [slice({ endpoints: [{ addresses: ['10.1.0.1'] }] })]);
  expect(value).toEqual({ endpoints: [{ address: '10.1.0.1', port: 8080 }] });
});

test('the Services of a configuration are those that its backends name', () => {
  const resources = resourceSet([
    ['route/a', { name: 'a' }],
    ['backend/a', { name: 'a', endpoints: [{ address: '127.0.0.1', port: 1 }] }],
    ['backend/b', { name: 'b', service: WANTED }],
  ]);
  expect(servicePortsOf(resources)).toEqual([WANTED]);
});
