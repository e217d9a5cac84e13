import { TokenBuckets } from './token-buckets.ts';

test('a key may have a burst, then one in a while, and others have their own', () => {
  let now = 0;
  const buckets = new TokenBuckets({ burst: 2, refillMs: 1_000, maxKeys: 10, now: () => now });
  const take = () => buckets.take('a');
  expect([take(), take(), take()]).toEqual([true, true, false]);
  expect(buckets.take('b')).toBe(true);
  now = 999;
  expect(take()).toBe(false);
  now = 1_000;
  expect([take(), take()]).toEqual([true, false]);
  now = 100_000;
  expect([take(), take(), take()]).toEqual([true, true, false]);
});

test('of more keys than are remembered the one longest not asked for is forgotten', () => {
  const buckets = new TokenBuckets({ burst: 1, refillMs: 1_000, maxKeys: 2, now: () => 0 });
  for (const key of ['a', 'b', 'a', 'c']) buckets.take(key);
  expect([buckets.take('a'), buckets.take('b')]).toEqual([false, true]);
});
