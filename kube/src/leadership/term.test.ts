import { once } from 'node:events';
import { LeadershipTerm } from './term.ts';

test('it holds until its moment by the clock, also where no timer has fired', () => {
  let now = 0;
  const term = new LeadershipTerm(10_000, () => now);
  now = 9_999;
  term.assertLeading();
  now = 10_000;
  expect(() => term.assertLeading()).toThrow(expect.objectContaining({ code: 'NOT_LEADING' }));
  expect(term.signal.aborted).toBe(true);
});

test('a renewal moves the moment on; one that was answered too late revives nothing', () => {
  let now = 0;
  const term = new LeadershipTerm(10_000, () => now);
  now = 5_000;
  expect(term.extend(15_000)).toBe(true);
  now = 14_000;
  expect([term.holds, term.remainingMs]).toEqual([true, 1_000]);
  now = 16_000;
  expect(term.extend(26_000)).toBe(false);
  expect(term.holds).toBe(false);
});

test('the signal aborts at the moment without anybody asking', async () => {
  const term = new LeadershipTerm(performance.now() + 20, () => performance.now());
  await once(term.signal, 'abort');
  expect(term.signal.reason).toMatchObject({ message: 'the lease was not renewed in time' });
});

test('it ends once, with the first reason', () => {
  const term = new LeadershipTerm(performance.now() + 60_000, () => performance.now());
  term.end('first');
  term.end('second');
  expect(() => term.assertLeading()).toThrow('first');
});
