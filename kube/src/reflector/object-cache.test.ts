import fc from 'fast-check';
import type { KubeObject } from '../objects/object.ts';
import { ObjectCache } from './object-cache.ts';

interface Thing extends KubeObject {
  value: number;
}

function thing(name: string, value: number, uid = name): Thing {
  const metadata = { name, namespace: 'ns', uid, resourceVersion: `${uid}-${value}` };
  return { apiVersion: 'v1', kind: 'Thing', metadata, value };
}

test('a replacement tells what is gone, what is new and what is other than it was', () => {
  const cache = new ObjectCache<Thing>();
  cache.replaceAll([thing('gone', 1), thing('same', 1), thing('other', 1)]);
  const changes = cache.replaceAll([thing('same', 1), thing('other', 2), thing('new', 1)]);
  expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'deleted gone',
    'updated other',
    'added new',
  ]);
});

test('one deleted and made anew under the same name is two changes', () => {
  const cache = new ObjectCache<Thing>();
  cache.put(thing('x', 1, 'first'));
  expect(
    cache.put(thing('x', 1, 'second')).map(({ type, object }) => `${type} ${object.metadata.uid}`),
  ).toEqual(['deleted first', 'added second']);
});

test('a deletion tells the last state, and only of what was there', () => {
  const cache = new ObjectCache<Thing>();
  cache.put(thing('x', 1));
  expect(cache.remove(thing('x', 2))).toMatchObject([{ type: 'deleted', object: { value: 2 } }]);
  expect(cache.remove(thing('x', 2))).toEqual([]);
});

test('what is kept is frozen and without managed fields', () => {
  const cache = new ObjectCache<Thing>();
  const object = thing('x', 1);
  cache.put({
    ...object,
    metadata: { ...object.metadata, managedFields: [{ manager: 'm' }], labels: { a: 'b' } },
  });
  const kept = cache.get(object.metadata)!;
  expect(kept.metadata).not.toHaveProperty('managedFields');
  expect(() => Object.assign(kept.metadata.labels!, { a: 'c' })).toThrow(TypeError);
});

test('whoever follows the changes has at any time what the cache has', () => {
  const things = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.nat(3),
      uid: fc.constantFrom('1', '2'),
    }),
    { selector: ({ name }) => name },
  );
  const steps = fc.array(fc.tuple(fc.constantFrom('list', 'put', 'remove'), things), { maxLength: 12 });
  fc.assert(
    fc.property(steps, (taken) => {
      const cache = new ObjectCache<Thing>();
      const followed = new Map<string, Thing>();
      for (const [step, chosen] of taken) {
        const objects = chosen.map(({ name, value, uid }) => thing(name, value, uid));
        const changes =
          step === 'list'
            ? cache.replaceAll(objects)
            : objects.flatMap((object) => (step === 'put' ? cache.put(object) : cache.remove(object)));
        for (const { type, object } of changes) {
          const { name } = object.metadata;
          expect(followed.has(name)).toBe(type !== 'added');
          if (type === 'deleted') followed.delete(name);
          else followed.set(name, object);
        }
        expect(new Set(cache.list())).toEqual(new Set(followed.values()));
      }
    }),
  );
});
