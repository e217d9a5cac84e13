import type { Route } from '../configuration/types.ts';
import { digestResource, hashResources } from './hash.ts';
import { resourceSet } from './resource-set.ts';

const ORDERS: Route = { name: 'orders', backendRefs: [{ name: 'orders', weight: 1 }] };

test('a digest is the SHA-256 of the canonical JSON', () => {
  // printf '{"backendRefs":[{"name":"orders","weight":1}],"name":"orders"}' | sha256sum
  expect(digestResource(ORDERS).digest).toBe(
    '51458c4ffbd45cb91cc51f84b327109b139fbef9817ca0933a86bb85752c7d08',
  );
});

test('a hash is what sort and sha256sum make of the digests', () => {
  const set = resourceSet([
    ['route/orders', ORDERS],
    ['backend/orders', { name: 'orders', endpoints: [] }],
  ]);
  // printf 'backend/orders %s\nroute/orders %s\n' DIGEST DIGEST | sha256sum
  expect(hashResources(set)).toBe('sha256:875e0b1b7ca3e57cbeae794e836693ddcdce88638f50e8fd201eb922af36f2fb');
});

test('an empty set has a hash too', () => {
  // printf '' | sha256sum
  expect(hashResources(new Map())).toBe(
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('a hash depends neither on the order of resources nor on that of fields', () => {
  const one = resourceSet([
    ['route/a', { name: 'a', hostnames: ['x.example'] }],
    ['backend/a', { name: 'a', endpoints: [] }],
  ]);
  const other = resourceSet([
    ['backend/a', { endpoints: [], name: 'a' }],
    ['route/a', { hostnames: ['x.example'], name: 'a' }],
  ]);
  expect(hashResources(other)).toBe(hashResources(one));
});

test('a name that is the beginning of another does not blur the two', () => {
  const one = resourceSet([['route/a', { name: 'a' }]]);
  const other = resourceSet([['route/a-b', { name: 'a' }]]);
  expect(hashResources(other)).not.toBe(hashResources(one));
});
