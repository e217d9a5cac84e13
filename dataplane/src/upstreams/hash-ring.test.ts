import type { Target } from './backend.ts';
import { HashRing, hashText } from './hash-ring.ts';
import { TargetRegistry } from './target-registry.ts';

const registry = new TargetRegistry();
const upstream = registry.upstream('one');
const targets = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    registry.target(upstream, { address: '10.0.0.1', port: index + 1 }),
  );
const KEYS = Array.from({ length: 20_000 }, (_, index) => hashText(`user-${index}`));
const ownerOf = (ring: HashRing, hash: number): Target => ring.from(hash, 1).next().value!;

test('a ring without targets has none to give', () => {
  expect([...new HashRing([]).from(1, 10)]).toEqual([]);
});

test.each([2, 10, 100])('of %d targets none gets more than 1.5 times its share of the keys', (count) => {
  const ring = new HashRing(targets(count));
  const shares = new Map<Target, number>();
  for (const key of KEYS) shares.set(ownerOf(ring, key), (shares.get(ownerOf(ring, key)) ?? 0) + 1);
  expect(shares.size).toBe(count);
  expect(Math.max(...shares.values())).toBeLessThan((1.5 * KEYS.length) / count);
});

test('the order of the targets does not matter', () => {
  const [one, other] = [new HashRing(targets(10)), new HashRing(targets(10).reverse())];
  expect(KEYS.filter((key) => ownerOf(one, key) !== ownerOf(other, key))).toEqual([]);
});

test('a target that goes moves its own keys only', () => {
  const all = targets(10);
  const gone = all[3]!;
  const [before, after] = [new HashRing(all), new HashRing(all.filter((target) => target !== gone))];
  const moved = KEYS.filter((key) => ownerOf(before, key) !== ownerOf(after, key));
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.filter((key) => ownerOf(before, key) !== gone)).toEqual([]);
});

test('a target that comes takes about its share and moves no other key, also where each has fewer points then', () => {
  for (const count of [10, 256]) {
    const [before, after] = [new HashRing(targets(count)), new HashRing(targets(count + 1))];
    const newcomer = targets(count + 1).at(-1)!;
    const moved = KEYS.filter((key) => ownerOf(before, key) !== ownerOf(after, key));
    const toOthers = moved.filter((key) => ownerOf(after, key) !== newcomer);
    // At 256 targets the number of points halves, and keys of the points that go find another owner.
    expect(toOthers.length).toBeLessThan(count === 10 ? 1 : 0.6 * KEYS.length);
    expect(moved.length).toBeLessThan(count === 10 ? 0.15 * KEYS.length : 0.6 * KEYS.length);
  }
});

test('the walk from a key goes round and over the end of the ring, as far as it is told', () => {
  const ring = new HashRing(targets(3));
  expect(new Set(ring.from(2 ** 32 - 1, 384))).toEqual(new Set(targets(3)));
  expect([...ring.from(5, 7)]).toHaveLength(7);
});

test('10,000 targets are on the ring', () => {
  const ring = new HashRing(targets(10_000));
  expect(new Set(ring.from(0, 32_768)).size).toBe(10_000);
});

test('a key of any length costs the same: what is beyond its first 256 characters does not count', () => {
  const long = 'x'.repeat(256);
  expect(hashText(`${long}a`)).toBe(hashText(`${long}b`));
  expect(hashText('a')).not.toBe(hashText('b'));
});
