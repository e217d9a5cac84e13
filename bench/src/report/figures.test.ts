import { FIGURES, judge } from './figures.ts';

test.each([
  [1.2, 'aim reached'],
  [1.4, 'aim reached'],
  [1.41, 'must reached'],
  [1.6, 'must reached'],
  [1.61, 'MISSED'],
  [Number.NaN, 'MISSED'],
])('CPU of %d times nginx is: %s', (value, verdict) => {
  expect(judge(FIGURES.documented, { value })).toBe(verdict);
});

test.each([
  [0.6, 'aim reached'],
  [0.45, 'must reached'],
  [0.44, 'MISSED'],
])('where more is better, %d is: %s', (value, verdict) => {
  expect(judge(FIGURES.freshConnections, { value })).toBe(verdict);
});

test('the aim may be what HAProxy reaches in the same run', () => {
  expect(judge(FIGURES.rate64k, { value: 0.95, aim: 0.94 })).toBe('aim reached');
  expect(judge(FIGURES.rate64k, { value: 0.95, aim: 0.96 })).toBe('must reached');
  expect(judge(FIGURES.rate64k, { value: 0.95 })).toBe('must reached');
});

test('what HAProxy reaches does not lower what must be', () => {
  expect(judge(FIGURES.rate64k, { value: 0.85, aim: 0.8 })).toBe('MISSED');
});

test('what was not measured is not reached', () => {
  expect(judge(FIGURES.idle, undefined)).toBe('not measured');
});
