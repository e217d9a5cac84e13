import { HistorySize } from './history-size.ts';

test('the size of all DataPlanes together is told and bounded, and what is gone no longer counts', () => {
  const told: number[] = [];
  const size = new HistorySize((bytes) => told.push(bytes));
  size.set('a', 200_000_000);
  size.set('b', 60_000_000);
  expect(size.isExceeded).toBe(true);
  size.set('b', 10_000_000);
  expect(size.isExceeded).toBe(false);
  size.set('b', 60_000_000);
  size.forget('a');
  expect(size.isExceeded).toBe(false);
  expect(told).toEqual([200_000_000, 260_000_000, 210_000_000, 260_000_000, 60_000_000]);
});
