import { hashResources } from '../revision/hash.ts';
import { resourceSet } from '../revision/resource-set.ts';
import { projectToLevel, SCHEMA_LEVEL } from './levels.ts';
import { checkResources } from './resources.ts';

const SET = resourceSet([
  ['route/a', { name: 'a', backendRefs: [{ name: 'a' }] }],
  ['backend/a', { name: 'a', endpoints: [], loadBalancing: { policy: 'LeastRequest' } }],
]);

test('I10: an instance of the current level or a newer one gets the set itself', () => {
  expect(projectToLevel(SET, SCHEMA_LEVEL).resources).toBe(SET);
  expect(projectToLevel(SET, SCHEMA_LEVEL + 1).resources).toBe(SET);
});

test('I8: a set that uses nothing newer is its own projection, so that nobody computes its hash again', () => {
  const set = resourceSet([['backend/a', { name: 'a', endpoints: [] }]]);
  expect(projectToLevel(set, 1).resources).toBe(set);
});

test('I10: an older instance gets the set without the load balancing that it does not know', () => {
  const { resources } = projectToLevel(SET, 1);
  expect(resources!.get('backend/a')!.resource).toEqual({ name: 'a', endpoints: [] });
  expect(resources!.get('route/a')).toBe(SET.get('route/a'));
  expect(checkResources(resources!, 1)).toEqual([]);
});

test('I10: the hash of a projection is that of the set that is sent', () => {
  const { resources } = projectToLevel(SET, 1);
  const sent = resourceSet([...resources!].map(([key, { resource }]) => [key, structuredClone(resource)]));
  expect(hashResources(resources!)).toBe(hashResources(sent));
  expect(hashResources(resources!)).not.toBe(hashResources(SET));
});

test('a projection leaves the set as it was', () => {
  const before = structuredClone([...SET]);
  projectToLevel(SET, 1);
  expect([...SET]).toEqual(before);
});

test('I10: what an older instance cannot do without is withheld as a whole, and said by pointer', () => {
  const set = resourceSet([
    ['backend/s', { name: 's', service: { name: 's', port: 80 } }],
    ['route/r', { name: 'r', filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'a.example' } }] }],
  ]);
  expect(projectToLevel(set, 1)).toEqual({
    withheld: [
      {
        pointer: '/backend/s/service',
        expected: 'what schema level 1 knows',
        found: 'service, which came with level 2',
      },
      {
        pointer: '/route/r/filters/0',
        expected: 'what schema level 1 knows',
        found: 'URLRewrite, which came with level 2',
      },
    ],
  });
});

test('I10: an instance of level 2 gets the balancing that it knows, without what it can do without', () => {
  const loadBalancing = { policy: 'LeastRequest' as const, trafficDistribution: 'PreferSameZone' as const };
  const newer = { healthCheck: { active: {} }, limits: { maxRequests: 1 }, retryBudget: { percent: 1 } };
  const set = resourceSet([
    ['route/a', { name: 'a', backendRefs: [{ name: 'a' }], retry: { attempts: 1 } }],
    ['backend/a', { name: 'a', endpoints: [], loadBalancing, ...newer }],
    ['backend/b', { name: 'b', endpoints: [], loadBalancing: { policy: 'Random' } }],
  ]);
  const { resources } = projectToLevel(set, 2);
  expect([...resources!.values()].map(({ resource }) => resource)).toEqual([
    { name: 'a', backendRefs: [{ name: 'a' }] },
    { name: 'a', endpoints: [], loadBalancing: { policy: 'LeastRequest' } },
    { name: 'b', endpoints: [] },
  ]);
  expect(checkResources(resources!, 2)).toEqual([]);
});

test('I10: endpoints that an older instance could not find are withheld from it', () => {
  const set = resourceSet([['backend/d', { name: 'd', dns: { hostname: 'd.example', port: 80 } }]]);
  expect(projectToLevel(set, 2)).toEqual({
    withheld: [
      {
        pointer: '/backend/d/dns',
        expected: 'what schema level 2 knows',
        found: 'dns, which came with level 3',
      },
    ],
  });
});
