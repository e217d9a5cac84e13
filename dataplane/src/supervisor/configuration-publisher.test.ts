import { PoolUnderTest, transaction } from './fixtures/pool-under-test.ts';

let under: PoolUnderTest;

beforeEach(() => {
  under = new PoolUnderTest(2);
});

afterEach(async () => {
  await under.end();
});

/** What each of the workers answers; asked until both have. */
async function askAll() {
  const answers = new Map<number, Awaited<ReturnType<PoolUnderTest['ask']>>>();
  while (answers.size < 2) {
    const answer = await under.ask();
    answers.set(answer.pid, answer);
  }
  return [...answers.values()];
}

async function servesOnBoth(sequence: number) {
  await under.until(() => under.served.at(-1) === sequence && under.serving === 2);
}

test('it is served when every worker serves it', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  under.publisher.apply(transaction(2, { 'route/b': '2' }, { deleteResources: ['route/a'] }));
  await servesOnBoth(2);
  for (const answer of await askAll()) expect(answer).toMatchObject({ sequence: 2, keys: ['route/b=2'] });
  expect(under.publisher.mirror.lastGood?.id.sequence).toBe(2);
});

test('many changes at once end in the newest state, and not each is committed', async () => {
  for (let sequence = 1; sequence <= 500; sequence += 1) {
    under.publisher.apply(transaction(sequence, { 'route/a': String(sequence), [`route/${sequence}`]: '' }));
  }
  await servesOnBoth(500);
  for (const { keys } of await askAll()) {
    expect(keys).toHaveLength(501);
    expect(keys).toContain('route/a=500');
  }
  expect(under.served.length).toBeLessThan(5);
});

test('a large configuration goes in messages of at most 64 KiB', async () => {
  const resources = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, n) => [`route/${n}`, 'x'.repeat(500)]),
  );
  under.publisher.apply(transaction(1, resources, { complete: true }));
  await servesOnBoth(1);
  for (const { keys, largestMessage } of await askAll()) {
    expect(keys).toHaveLength(2_000);
    expect(largestMessage).toBeLessThanOrEqual(64 * 1024);
    expect(largestMessage).toBeGreaterThan(32 * 1024);
  }
});

test('I3: a revision that a worker refuses is refused whole, and all go on with the last good one', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1', 'route/b': '1' }, { complete: true }));
  await servesOnBoth(1);
  under.publisher.apply(
    transaction(2, { 'route/a': '2', 'route/refuse': '' }, { deleteResources: ['route/b'] }),
  );
  await under.until(() => under.refused.length === 1);
  expect(under.refused).toEqual([
    { sequence: 2, reasons: [expect.objectContaining({ pointer: '/route/refuse' })] },
  ]);
  under.publisher.apply(transaction(3, { 'route/c': '3' }));
  await servesOnBoth(3);
  for (const { keys } of await askAll()) expect(keys).toEqual(['route/a=1', 'route/b=1', 'route/c=3']);
  expect(under.refused).toHaveLength(1);
});

test('I3: a revision that ends the workers which take it over is refused, and the last good one goes on', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  under.publisher.apply(transaction(2, { 'route/exit': '' }));
  await under.until(() => under.refused.length === 1 && under.serving === 2);
  expect(under.refused).toEqual([
    { sequence: 2, reasons: [expect.objectContaining({ code: 'WorkerRefused' })] },
  ]);
  for (const answer of await askAll()) expect(answer).toMatchObject({ sequence: 1, keys: ['route/a=1'] });
  expect(under.ends).toEqual(['crashed', 'crashed']);
});

test('one worker that ends while it takes a revision over is no reason to refuse it', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  const [first] = under.pool.workers;
  process.kill(first!.pid!, 'SIGSTOP');
  under.publisher.apply(transaction(2, { 'route/a': '2' }));
  await under.until(() => under.publisher.servedBy(under.pool.workers[1]!)?.sequence === 2);
  process.kill(first!.pid!, 'SIGKILL');
  await servesOnBoth(2);
  expect(under.refused).toEqual([]);
});

test('a first revision that is refused leaves nothing behind, and a better one serves', async () => {
  under.publisher.apply(transaction(1, { 'route/refuse': '' }, { complete: true }));
  await under.until(() => under.refused.length === 1);
  expect(under.publisher.mirror.current).toBeNull();
  under.publisher.apply(transaction(2, { 'route/a': '2' }, { complete: true }));
  await servesOnBoth(2);
  for (const { keys } of await askAll()) expect(keys).toEqual(['route/a=2']);
});

test('the same revision, refused and sent again, is refused again', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  for (const times of [1, 2]) {
    under.publisher.apply(transaction(2, { 'route/refuse': '' }));
    await under.until(() => under.refused.length === times);
  }
  expect(under.publisher.mirror.current?.id.sequence).toBe(1);
});

test('a fact that workers refuse kills no worker that serves', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  // The fixture refuses by key, whatever the key is for.
  under.publisher.apply(transaction(1, {}, { putFacts: [['route/refuse' as 'endpoints/x', '']] }));
  await under.until(() => under.refusals === 2);
  under.publisher.apply(transaction(1, {}, { deleteFacts: ['route/refuse' as 'endpoints/x'] }));
  under.publisher.apply(transaction(2, { 'route/b': '2' }));
  await servesOnBoth(2);
  expect(under.ends).toEqual([]);
  expect(under.refused).toEqual([]);
});

test('a worker that dies holds nothing back', async () => {
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await servesOnBoth(1);
  process.kill(under.pool.workers[0]!.pid!, 'SIGSTOP');
  under.publisher.apply(transaction(2, { 'route/a': '2' }));
  await servesOnBoth(2);
  expect(under.ends).toEqual(['silent']);
});

test('a new agent goes on from the last good revision, and what was unanswered is taken back', async () => {
  expect(under.publisher.resume()).toBeUndefined();
  under.publisher.apply(
    transaction(1, { 'route/a': '1' }, { complete: true, putFacts: [['endpoints/x', 'f']] }),
  );
  await servesOnBoth(1);
  under.publisher.apply(transaction(2, { 'route/hang': '' }));
  expect(under.publisher.resume()).toEqual({
    revision: expect.objectContaining({ sequence: 1 }),
    origin: 'stream',
    trial: false,
    resources: [['route/a', '1']],
    facts: [['endpoints/x', 'f']],
  });
});
