import { sameTwice } from './same-twice.ts';

function round(once: number, again: number): Map<string, { cpuUs: number }> {
  return new Map([
    ['nginx', { cpuUs: once }],
    ['nginx again', { cpuUs: again }],
  ]);
}

test('up to 5 % apart is the same', () => {
  expect(sameTwice(round(10, 10.49))).toBeUndefined();
  expect(sameTwice(round(10.49, 10))).toBeUndefined();
});

test('more is not, and both figures are told', () => {
  expect(sameTwice(round(10, 10.6))).toContain('10.00 us and 10.60 us CPU a request, 6.0 % apart');
});
