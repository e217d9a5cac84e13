import { parseDuration } from './duration.ts';

test.each([
  ['10s', 10_000],
  ['0s', 0],
  ['250ms', 250],
  ['1m30s', 90_000],
  ['1h1m1s1ms', 3_661_001],
])('%s is read as %i milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '10', 's', '-1s', '1.5s', '1d', '10 s', '1s1s1s1s1s', '123456s'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
