import { cpuTimeOf, readStat } from './cpu-time.ts';

test('user and system time are found behind a name with spaces and brackets', () => {
  const line = '42 (a) b (c) S 1 42 42 0 -1 4194304 100 200 0 0 317 45 9 9 20 0 1 0 5000 1000 200';
  expect(readStat(line, 10_000)).toEqual({ userUs: 3_170_000, systemUs: 450_000 });
});

test('the time of a process rises while it works', () => {
  const before = cpuTimeOf([process.pid]).userUs;
  const deadline = performance.now() + 10_000;
  while (cpuTimeOf([process.pid]).userUs === before && performance.now() < deadline);
  expect(cpuTimeOf([process.pid]).userUs).toBeGreaterThan(before);
});

test('the times of several processes are summed', () => {
  const one = cpuTimeOf([1]);
  const twice = cpuTimeOf([1, 1]);
  expect(twice.userUs + twice.systemUs).toBeGreaterThanOrEqual(2 * (one.userUs + one.systemUs));
});
