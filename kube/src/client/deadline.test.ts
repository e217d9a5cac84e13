import { Deadline } from './deadline.ts';

test('it aborts when its time has passed, and says so', async () => {
  const deadline = new Deadline(5);
  await expect(deadline.bound(new Promise(() => {}))).rejects.toThrow('the time has run out');
  expect(deadline.passed).toBe(true);
});

test('it aborts with the reason of the outer signal', async () => {
  const outer = new AbortController();
  const deadline = new Deadline(60_000, outer.signal);
  const bound = deadline.bound(new Promise(() => {}));
  outer.abort(new Error('stopped'));
  await expect(bound).rejects.toThrow('stopped');
  expect(deadline.passed).toBe(false);
  deadline.end();
});

test('work that fails after the signal had aborted is no unhandled rejection', async () => {
  const deadline = new Deadline(60_000, AbortSignal.abort(new Error('stopped before')));
  await expect(deadline.bound(Promise.reject(new Error('late')))).rejects.toThrow();
  deadline.end();
});

test('after its end nothing aborts any more', () => {
  const outer = new AbortController();
  const deadline = new Deadline(60_000, outer.signal);
  deadline.end();
  outer.abort();
  expect(deadline.signal.aborted).toBe(false);
});
