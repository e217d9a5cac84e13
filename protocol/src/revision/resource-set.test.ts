import { resourceKey, resourceSet } from './resource-set.ts';

test('a key is kind and name', () => {
  expect(resourceKey('backend', 'orders')).toBe('backend/orders');
});

test('of two resources with one key the later counts', () => {
  const set = resourceSet([
    ['route/a', { name: 'a' }],
    ['route/a', { name: 'a', hostnames: ['b.example'] }],
  ]);
  expect([...set.values()].map(({ resource }) => resource)).toEqual([
    { name: 'a', hostnames: ['b.example'] },
  ]);
});

test('a resource that JSON cannot carry is refused with a typed error', () => {
  expect(() => resourceSet([['route/a', { name: '\ud800' }]])).toThrow(
    expect.objectContaining({ code: 'NOT_JSON_VALUE', pointer: '/name' }),
  );
});
