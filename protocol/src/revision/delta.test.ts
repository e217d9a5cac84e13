import fc from 'fast-check';
import type { Resource, ResourceKey } from '../configuration/types.ts';
import { applyDelta, diff } from './delta.ts';
import { hashResources } from './hash.ts';
import { resourceKey, resourceSet } from './resource-set.ts';
import type { ResourceSet } from './revision.ts';

/** Few names and few contents, so that two sets share some, differ in some and miss some. */
const entry: fc.Arbitrary<[ResourceKey, Resource]> = fc
  .tuple(
    fc.constantFrom('route' as const, 'backend' as const),
    fc.constantFrom('a', 'b', 'c', 'a-b', 'constructor'),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([kind, name, variant]) => [resourceKey(kind, name), { name, hostnames: [`v${variant}.example`] }]);
const anySet = fc.array(entry, { maxLength: 12 }).map(resourceSet);

test('applying the difference of two sets to the one gives the other, with its hash', () => {
  fc.assert(
    fc.property(anySet, anySet, (from, to) => {
      const result = applyDelta(from, diff(from, to));
      expect(sorted(result)).toEqual(sorted(to));
      expect(hashResources(result)).toBe(hashResources(to));
    }),
  );
});

test('a delta survives its way over the wire', () => {
  fc.assert(
    fc.property(anySet, anySet, (from, to) => {
      const received = JSON.parse(JSON.stringify(diff(from, to))) as ReturnType<typeof diff>;
      expect(hashResources(applyDelta(from, received))).toBe(hashResources(to));
    }),
  );
});

test('a set does not differ from itself or from its copy', () => {
  fc.assert(
    fc.property(anySet, (set) => {
      const copy = resourceSet([...set].map(([key, { resource }]) => [key, structuredClone(resource)]));
      expect(diff(set, set)).toEqual({ upserts: [], removals: [] });
      expect(diff(set, copy)).toEqual({ upserts: [], removals: [] });
    }),
  );
});

test('applying a delta leaves the set it is applied to as it was', () => {
  fc.assert(
    fc.property(anySet, anySet, (from, to) => {
      const before = structuredClone(sorted(from));
      applyDelta(from, diff(from, to));
      expect(sorted(from)).toEqual(before);
    }),
  );
});

test('a delta names only what changed, and what did not is shared', () => {
  const routes = Array.from(
    { length: 10_000 },
    (_, index) => [`route/r${index}`, { name: `r${index}` }] as const,
  );
  const from = resourceSet(routes);
  const changed = { name: 'r5000', hostnames: ['new.example'] };
  const delta = diff(from, applyDelta(from, { upserts: [['route/r5000', changed]], removals: ['route/r7'] }));
  expect(delta).toEqual({ upserts: [['route/r5000', changed]], removals: ['route/r7'] });
  expect(applyDelta(from, delta).get('route/r1')).toBe(from.get('route/r1'));
});

function sorted(set: ResourceSet): [ResourceKey, unknown][] {
  return [...set].sort(([a], [b]) => (a < b ? -1 : 1));
}
