import { CheckRecord } from './check-record.ts';

const THRESHOLDS = { healthyThreshold: 2, unhealthyThreshold: 3 };

test('an endpoint that nobody has asked yet is healthy', () => {
  expect(new CheckRecord(THRESHOLDS).healthy).toBe(true);
});

test('it changes sides only after so many checks in a row, and says so once', () => {
  const record = new CheckRecord(THRESHOLDS);
  const taken = [false, false, true, false, false, false, false, true, false, true, true, true].map((good) =>
    record.take(good),
  );
  expect(taken.map((changed, index) => (changed ? index : -1)).filter((index) => index >= 0)).toEqual([
    5, 10,
  ]);
});
