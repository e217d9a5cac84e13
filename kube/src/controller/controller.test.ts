import { ApiError } from '../errors.ts';
import { Controller, type Outcome, type Reconcile, TerminalError } from './controller.ts';

/** A controller that has been given one key, with what its reconciles came to. */
function run(reconcile: Reconcile, concurrency = 1) {
  const outcomes: Outcome[] = [];
  const waiters: { count: number; resolve: (outcomes: Outcome[]) => void }[] = [];
  const controller = new Controller({
    name: 'test',
    reconcile,
    concurrency,
    queue: { firstMs: 1, maxMs: 4 },
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      for (const { count, resolve } of waiters) if (outcomes.length >= count) resolve(outcomes);
    },
  });
  controller.enqueue('a');
  controller.start();
  const after = (count: number) => new Promise<Outcome[]>((resolve) => waiters.push({ count, resolve }));
  return { controller, after };
}

test('an error is retried until it is done', async () => {
  let calls = 0;
  const { controller, after } = run(async () => {
    calls += 1;
    if (calls < 4) throw new ApiError('Conflict', 'changed');
  });
  expect(await after(4)).toEqual(['error', 'error', 'error', 'done']);
  expect([controller.queue.length, controller.queue.delayed]).toEqual([0, 0]);
  await controller.stop();
});

test('a terminal error is not retried, until the key is added anew', async () => {
  const { controller, after } = run(async () => {
    throw new TerminalError('the name is too long');
  });
  expect(await after(1)).toEqual(['terminal']);
  expect([controller.queue.length, controller.queue.delayed]).toEqual([0, 0]);
  controller.enqueue('a');
  expect(await after(2)).toEqual(['terminal', 'terminal']);
  await controller.stop();
});

test('a time to come back is kept, and counts as no failure', async () => {
  let calls = 0;
  const { controller, after } = run(async () => {
    calls += 1;
    return calls < 3 ? { requeueAfterMs: 1 } : undefined;
  });
  expect(await after(3)).toEqual(['requeue', 'requeue', 'done']);
  await controller.stop();
});

test('a bug ends neither the controller nor the program, and is retried', async () => {
  let calls = 0;
  const { controller, after } = run((() => {
    calls += 1;
    if (calls === 1) return (undefined as unknown as { x: { y: Promise<void> } }).x.y;
    if (calls === 2) throw 'not even an error';
    return Promise.resolve();
  }) as Reconcile);
  expect(await after(3)).toEqual(['panic', 'panic', 'done']);
  await controller.stop();
});

test('two of one key never run at the same time, others do', async () => {
  const atWork = new Set<string>();
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const { controller, after } = run(async (key) => {
    expect(atWork.has(key)).toBe(false);
    atWork.add(key);
    most = Math.max(most, atWork.size);
    if (atWork.size === 3) gate.resolve();
    await gate.promise;
    atWork.delete(key);
  }, 3);
  for (const key of ['a', 'a', 'b', 'a', 'c']) controller.enqueue(key);
  expect((await after(3)).every((outcome) => outcome === 'done')).toBe(true);
  expect(most).toBe(3);
  expect(await controller.stop()).toBe(true);
});

test('a stop waits for what is at work, then aborts it, and in the end says that it would not end', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const { controller } = run(async (_, signal) => {
    begun.resolve(signal);
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const signal = await begun.promise;
  expect(await controller.stop(5)).toBe(true);
  expect(signal.aborted).toBe(true);

  const stubborn = { begun: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
  const second = run(async () => {
    stubborn.begun.resolve();
    await stubborn.released.promise;
  });
  await stubborn.begun.promise;
  expect(await second.controller.stop(5)).toBe(false);
  stubborn.released.resolve();
});

test('a reconcile that takes too long is told so', async () => {
  const told = Promise.withResolvers<unknown>();
  const controller = new Controller({
    name: 'test',
    timeoutMs: 5,
    reconcile: async (_, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      told.resolve(signal.reason);
    },
  });
  controller.enqueue('a');
  controller.start();
  expect(String(await told.promise)).toContain('not reconciled within 5 ms');
  await controller.stop();
});

test('a concurrency that makes no sense is refused by name', () => {
  expect(() => new Controller({ name: 'x', reconcile: async () => {}, concurrency: 0 })).toThrow(
    'concurrency: expected',
  );
});
