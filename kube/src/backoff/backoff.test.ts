import { Backoff } from './backoff.ts';

const full = () => 1 - Number.EPSILON;

test('the bound doubles from the first wait to the longest and stays there', () => {
  const backoff = new Backoff({ firstMs: 500, maxMs: 30_000, random: full });
  const waits = Array.from({ length: 9 }, () => Math.round(backoff.next()));
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('after a reset it begins again with the first wait', () => {
  const backoff = new Backoff({ firstMs: 500, maxMs: 30_000, random: full });
  for (let i = 0; i < 9; i++) backoff.next();
  backoff.reset();
  expect(Math.round(backoff.next())).toBe(500);
});

test('the steady share is waited whatever the dice say', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 800, steady: 0.5, random: () => 0 });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([50, 100, 200, 400]);
});

test.each([
  [{ firstMs: 0, maxMs: 1 }, 'firstMs: expected above 0, found 0'],
  [{ firstMs: 10, maxMs: 9 }, 'maxMs: expected at least 10, found 9'],
  [{ firstMs: 1, maxMs: 9, steady: 2 }, 'steady: expected 0 to 1, found 2'],
])('bounds that make no sense are refused by name: %j', (options, message) => {
  expect(() => new Backoff(options)).toThrow(message);
});
