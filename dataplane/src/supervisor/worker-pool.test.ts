import { MUTE_WORKER, PoolUnderTest, transaction } from './fixtures/pool-under-test.ts';

let under: PoolUnderTest;

afterEach(async () => {
  await under.end();
});

async function servingPool(workers: number): Promise<PoolUnderTest> {
  under = new PoolUnderTest(workers);
  under.publisher.apply(transaction(1, { 'route/a': '1' }, { complete: true }));
  await under.until(() => under.serving === workers);
  return under;
}

test('a worker without configuration accepts nothing', async () => {
  under = new PoolUnderTest(1);
  await under.until(() => under.pool.workers[0]!.started);
  await expect(under.ask()).rejects.toThrow('ECONNREFUSED');
});

test.each([
  ['one of two workers', 1],
  ['all workers', 2],
])(
  'when %s are wedged and killed under connect load, no queued connection is lost',
  async (_, wedged) => {
    await servingPool(2);
    const before = under.pool.workers.map(({ pid }) => pid!);
    for (const pid of before.slice(0, wedged)) process.kill(pid, 'SIGSTOP');
    const asked: Promise<{ pid: number }>[] = [];
    const load = setInterval(() => asked.push(under.ask(), under.ask()), 10);
    await under.until(() => under.ends.length === wedged && under.serving === 2);
    clearInterval(load);
    const answers = await Promise.all(asked);
    expect(under.ends).toEqual(Array(wedged).fill('silent'));
    expect(answers.length).toBeGreaterThan(80);
    for (const { pid } of answers) expect(before.slice(0, wedged)).not.toContain(pid);
  },
  15_000,
);

test('a worker that crashes is replaced and gets everything', async () => {
  await servingPool(2);
  const [first] = under.pool.workers;
  process.kill(first!.pid!, 'SIGKILL');
  await under.until(() => under.ends.length === 1 && under.serving === 2);
  expect(under.pool.workers.map(({ number }) => number)).toEqual([1, 2]);
  expect((await under.ask()).keys).toEqual(['route/a=1']);
});

test('a worker that never says it has started is killed and replaced', async () => {
  under = new PoolUnderTest(1, MUTE_WORKER);
  await under.until(() => under.ends.length === 2);
  expect(under.ends).toEqual(['start_timeout', 'start_timeout']);
});

test('a worker that replaces another during a drain drains too', async () => {
  await servingPool(1);
  under.pool.drain();
  process.kill(under.pool.workers[0]!.pid!, 'SIGKILL');
  await under.until(() => under.ends.length === 1 && under.serving === 1);
  expect((await under.ask()).draining).toBe(true);
});

test('after stop nothing runs and nothing is replaced, not even what is wedged', async () => {
  await servingPool(2);
  process.kill(under.pool.workers[0]!.pid!, 'SIGSTOP');
  await under.pool.stop(0, 300);
  expect(under.pool.workers).toEqual([]);
  expect(under.ends).toHaveLength(2);
});
