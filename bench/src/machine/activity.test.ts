import { usedShare } from './activity.ts';

test('what is neither idle nor waiting for a disk is used, and guests are not counted twice', () => {
  const before = 'cpu  100 0 50 1000 10 0 5 1 7 0\ncpu0 1 1 1 1\n';
  const after = 'cpu  110 0 60 1070 15 0 5 6 17 0\ncpu0 2 2 2 2\n';
  expect(usedShare(before, after)).toBeCloseTo(0.25);
});
