import { inTime } from './in-time.ts';

const round = (lateP99Us: number) =>
  new Map([
    ['nginx', { lateP99Us: 10 }],
    ['ours', { lateP99Us }],
  ]);

test('a generator up to 2 ms late is in time', () => {
  expect(inTime(round(2_000))).toBeUndefined();
});

test('one that is later is named with the contender that suffered', () => {
  expect(inTime(round(2_001))).toContain('before ours the generator was 2001 us late');
});
