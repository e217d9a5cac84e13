import { WorkQueue } from './work-queue.ts';

test('a key that is in line is there once', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  expect(queue.length).toBe(2);
  expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
});

test('a key that is added while at work is given out again only when it is done', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('a');
  expect(queue.length).toBe(0);
  const next = queue.take();
  queue.done('a');
  expect(await next).toBe('a');
  queue.done('a');
  expect(queue.length).toBe(0);
});

test('a taker that came first gets the key that comes first', async () => {
  const queue = new WorkQueue();
  const takes = [queue.take(), queue.take()];
  queue.add('a');
  queue.add('b');
  expect(await Promise.all(takes)).toEqual(['a', 'b']);
});

test('the delay after failures doubles, at least half of it is waited, and a success starts it anew', () => {
  const queue = new WorkQueue({ firstMs: 1_000, maxMs: 10_000, random: () => 0 });
  const delays = Array.from({ length: 6 }, () => queue.addAfterFailure('a'));
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(queue.addAfterFailure('b')).toBe(500);
  queue.forget('a');
  expect(queue.addAfterFailure('a')).toBe(500);
  queue.close();
});

test('of several times for a key the earliest counts, and no more than one is kept', async () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 60_000);
  queue.addAfter('a', 1);
  queue.addAfter('a', 90_000);
  expect(queue.delayed).toBe(1);
  expect(await queue.take()).toBe('a');
  expect(queue.delayed).toBe(0);
});

test('a delay longer than timers take does not come at once', () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 1e12);
  expect([queue.delayed, queue.length]).toEqual([1, 0]);
  queue.close();
});

test('a closed queue gives nothing out, takes nothing in, and keeps no timer', async () => {
  const queue = new WorkQueue();
  const waiting = queue.take();
  queue.addAfter('a', 60_000);
  queue.close();
  queue.add('b');
  queue.addAfter('c', 1);
  expect([await waiting, await queue.take()]).toEqual([undefined, undefined]);
  expect([queue.length, queue.delayed]).toEqual([0, 0]);
});
