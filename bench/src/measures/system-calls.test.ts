import { readTotal } from './system-calls.ts';

const HEAD = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.00    0.500000           5    100000           writev
 39.00    0.300000           3    100000      1000 recvfrom
------ ----------- ----------- --------- --------- ----------------
`;

test('the total is read with and without errors', () => {
  expect(readTotal(`${HEAD}100.00    0.800000           4    200000      1000 total\n`)).toBe(200_000);
  expect(readTotal(`${HEAD}100.00    0.800000           4    200000           total\n`)).toBe(200_000);
});

test('a table without total is no zero', () => {
  expect(() => readTotal(HEAD)).toThrow('no total');
});
