import { agentHeapMegabytes, workerHeapMegabytes } from './memory-share.ts';

const MEGABYTE = 1024 * 1024;
const MACHINE = 16_384 * MEGABYTE;

test.each([
  ['a pod of 1 GiB, 2 workers', 1024, 2, 307],
  ['a pod of 1 GiB, 4 workers', 1024, 4, 153],
  ['a pod too small for its workers keeps the floor', 128, 4, 64],
])('%s: %i MiB for %i workers give each %i MiB', (_, megabytes, workers, expected) => {
  expect(workerHeapMegabytes(megabytes * MEGABYTE, MACHINE, workers)).toBe(expected);
});

test.each([0, 2 ** 63, MACHINE])('a limit of %d bytes is none', (bytes) => {
  expect(workerHeapMegabytes(bytes, MACHINE, 2)).toBeUndefined();
});

test('the agent is limited in any case', () => {
  expect(agentHeapMegabytes(0, MACHINE)).toBe(1024);
  expect(agentHeapMegabytes(1024 * MEGABYTE, MACHINE)).toBe(153);
  expect(agentHeapMegabytes(128 * MEGABYTE, MACHINE)).toBe(96);
});
