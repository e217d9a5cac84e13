import { apart, median, medians } from './median.ts';

test('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 10])).toBe(9);
  expect(median([10, 9, 1, 2])).toBe(5.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test('an outlier does not move the median, and the values stay in their order', () => {
  const values = [3, 1, 1_000_000, 2];
  expect(median(values)).toBe(2.5);
  expect(values).toEqual([3, 1, 1_000_000, 2]);
});

test('two values are as far apart as the larger is over the smaller, in either order', () => {
  expect(apart(10, 10.5)).toBeCloseTo(0.05);
  expect(apart(10.5, 10)).toBeCloseTo(0.05);
  expect(apart(10, 10)).toBe(0);
});

test('each field has a median of its own', () => {
  const samples = [
    { cpuUs: 1, p99Us: 30 },
    { cpuUs: 2, p99Us: 10 },
    { cpuUs: 3, p99Us: 20 },
  ];
  expect(medians(samples)).toEqual({ cpuUs: 2, p99Us: 20 });
});
