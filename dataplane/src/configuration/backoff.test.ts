import fc from 'fast-check';
import { Backoff } from './backoff.ts';

const full = () => 1 - Number.EPSILON;

test('the bound doubles from the first wait to the longest and stays there', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 10_000, random: full });
  const waits = Array.from({ length: 10 }, () => Math.round(backoff.next()));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});

test('after a reset it begins again with the first wait', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 10_000, random: full });
  for (let i = 0; i < 9; i++) backoff.next();
  backoff.reset();
  expect(Math.round(backoff.next())).toBe(100);
});

test('each wait is the random share of its bound', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 30, size: 'max' }),
      (draws) => {
        const left = [...draws];
        const backoff = new Backoff({ firstMs: 100, maxMs: 10_000, random: () => left.shift()! });
        draws.forEach((draw, index) => {
          expect(backoff.next()).toBeCloseTo(draw * Math.min(100 * 2 ** index, 10_000));
        });
      },
    ),
  );
});

test('200 waits after a common failure are spread over the whole bound', () => {
  const waits = Array.from({ length: 200 }, () => new Backoff({ firstMs: 100, maxMs: 10_000 }).next());
  const tenths = new Set(waits.map((wait) => Math.floor(wait / 10)));
  expect(tenths.size).toBeGreaterThanOrEqual(9);
});

test.each([
  [{ firstMs: 0, maxMs: 1 }, 'firstMs: expected above 0, found 0'],
  [{ firstMs: 10, maxMs: 9 }, 'maxMs: expected at least 10, found 9'],
])('bounds that make no sense are refused by name: %j', (options, message) => {
  expect(() => new Backoff(options)).toThrow(message);
});
