import { Overlay } from './overlay.ts';

test('changes are seen through the overlay and not in the map below until they are settled', () => {
  const base = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const overlay = new Overlay(base);
  overlay.set('c', 3);
  overlay.set('a', 10);
  overlay.delete('b');
  expect([overlay.get('a'), overlay.get('b'), overlay.get('c')]).toEqual([10, undefined, 3]);
  expect([...overlay.changedKeys()].sort()).toEqual(['a', 'b', 'c']);
  expect(base).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  expect([...overlay.settle()].sort()).toEqual(['a', 'b', 'c']);
  expect(base).toEqual(
    new Map([
      ['a', 10],
      ['c', 3],
    ]),
  );
});

test('deleting what is not there is no change', () => {
  const overlay = new Overlay(new Map<string, number>());
  overlay.set('a', 1);
  overlay.delete('a');
  overlay.delete('b');
  expect(overlay.isChanged).toBe(false);
});
