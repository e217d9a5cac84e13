import { applyDelta } from '../revision/delta.ts';
import { resourceSet } from '../revision/resource-set.ts';
import { formatProblem } from './problem.ts';
import { checkResources } from './resources.ts';
import type { Resource, ResourceKey } from './types.ts';

const BACKEND: [ResourceKey, Resource] = ['backend/orders', { name: 'orders', endpoints: [] }];
const ROUTE: [ResourceKey, Resource] = [
  'route/orders',
  { name: 'orders', backendRefs: [{ name: 'orders' }] },
];

function problemsOf(entries: [string, unknown][], level?: number): string[] {
  return checkResources(resourceSet(entries as [ResourceKey, Resource][]), level).map(formatProblem);
}

test('a set that holds together has no problems', () => {
  expect(problemsOf([BACKEND, ROUTE])).toEqual([]);
});

test('an empty set has none either: it was explicit where it came from', () => {
  expect(problemsOf([])).toEqual([]);
});

test('a pointer begins with kind and name', () => {
  expect(problemsOf([['route/orders', { name: 'orders', timeouts: { request: 'soon' } }]])).toEqual([
    expect.stringMatching(/^\/route\/orders\/timeouts\/request: expected a duration .*, found "soon"$/),
  ]);
});

test('a key of another name than the resource is refused', () => {
  expect(problemsOf([['route/a', { name: 'b' }]])).toEqual([
    '/route/a/name: expected "a", as its key says, found "b"',
  ]);
});

test('a key of an unknown kind is refused, and one without any', () => {
  expect(problemsOf([['certificate/a', { name: 'a' }]])).toEqual([
    '/certificate/a: expected a route or a backend, found "certificate"',
  ]);
  expect(problemsOf([['orders', { name: 'orders' }]])).toEqual([
    expect.stringContaining('a route or a backend'),
  ]);
});

test('a route under the key of a backend is refused', () => {
  expect(problemsOf([['backend/orders', ROUTE[1]]])).toEqual([
    expect.stringContaining('/backend/orders/backendRefs: expected only name, endpoints'),
  ]);
});

test('a reference to no backend is refused', () => {
  expect(problemsOf([ROUTE])).toEqual([
    '/route/orders/backendRefs/0/name: expected the name of a backend of this configuration, found "orders"',
  ]);
});

test('a delta that takes a backend away from a route that was fine is refused', () => {
  const set = resourceSet([BACKEND, ROUTE]);
  expect(checkResources(set)).toEqual([]);
  expect(checkResources(applyDelta(set, { upserts: [], removals: ['backend/orders'] }))).toHaveLength(1);
});

test('a broken resource stays refused however often it is checked', () => {
  const set = resourceSet([['route/a', { name: 'a', matches: [] }]]);
  expect(checkResources(set)).toHaveLength(1);
  expect(checkResources(set)).toHaveLength(1);
});

test('I10: what a lower level does not know is refused, also after a higher level accepted it', () => {
  const set = resourceSet([
    ['backend/a', { name: 'a', endpoints: [], loadBalancing: { policy: 'RoundRobin' } }],
  ]);
  expect(checkResources(set, 2)).toEqual([]);
  expect(checkResources(set, 1).map(({ pointer }) => pointer)).toEqual(['/backend/a/loadBalancing']);
});

test('of very many problems the first 100 are told', () => {
  expect(problemsOf(Array.from({ length: 500 }, (_, index) => [`route/r${index}`, {}]))).toHaveLength(100);
});
