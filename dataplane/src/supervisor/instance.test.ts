import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./fixtures/run-instance.ts', import.meta.url));
const FLAGS = ['--data-plane', 'default/edge', '--listen', ':0', '--workers', '2'];
const SERVING = 'all workers serve the revision';
/** Most of what these tests take is the start of processes. */
const environment = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'holdfast-test-compile-cache') };

/** An instance as a process, with its log and where it listens. */
class RunningInstance {
  readonly process: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(path: string, flags: string[] = [], stdout: 'pipe' | number = 'pipe') {
    const argv = [
      PROGRAM,
      ...FLAGS,
      '--control-plane',
      `ws://127.0.0.1:1${path}`,
      '--status',
      ':0',
      ...flags,
    ];
    this.process = spawn(process.execPath, argv, { stdio: ['ignore', stdout, 'inherit'], env: environment });
    if (stdout !== 'pipe') return;
    createInterface(this.process.stdout!).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    });
  }

  /** The first log line with this message. */
  async logged(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.#lines.find(({ msg }) => msg === message);
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async status(path = '/status/ready') {
    const { status } = await this.logged('listening');
    const response = await fetch(`http://${status}${path}`);
    const text = await response.text();
    return { code: response.status, text, document: path === '/metrics' ? undefined : JSON.parse(text) };
  }

  async ask(query = ''): Promise<Response> {
    const { listeners } = (await this.logged('listening')) as { listeners: { address: string }[] };
    return fetch(`http://${listeners[0]!.address}/${query}`);
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

/** Started together, so that each test finds its own one running. */
let instances: Record<
  'good' | 'empty' | 'dying' | 'refused' | 'overdue' | 'interrupted' | 'killed',
  RunningInstance
>;

beforeAll(() => {
  instances = {
    good: new RunningInstance('/good', ['--drain-delay', '500ms', '--drain-timeout', '20s']),
    overdue: new RunningInstance('/good', ['--drain-delay', '0s', '--drain-timeout', '1s']),
    empty: new RunningInstance('/empty'),
    dying: new RunningInstance('/dying'),
    refused: new RunningInstance('/refused'),
    interrupted: new RunningInstance('/good'),
    killed: new RunningInstance('/good'),
  };
});

afterAll(async () => {
  for (const instance of Object.values(instances)) instance.process.kill('SIGKILL');
  await Promise.all(Object.values(instances).map((instance) => instance.exit()));
});

test('I2: an instance becomes ready by itself when its first revision serves', async () => {
  const { good } = instances;
  await good.logged(SERVING);
  const { code, document } = await good.status();
  expect(code).toBe(200);
  expect(document).toMatchObject({
    ready: true,
    dataPlane: 'default/edge',
    revision: { sequence: 1, origin: 'stream' },
  });
  expect((await good.ask()).status).toBe(200);
}, 15_000);

test('I4: SIGTERM makes it unready at once, lets a request finish, and exits 0', async () => {
  const { good } = instances;
  await good.logged(SERVING);
  const slow = good.ask('?hold=1500');
  await good.ask();
  good.process.kill('SIGTERM');
  await good.logged('draining');
  expect(await good.status()).toMatchObject({ code: 503, document: { draining: true, ready: false } });
  expect((await good.status('/status')).code).toBe(200);
  expect((await good.ask()).status).toBe(200);
  expect((await slow).status).toBe(200);
  expect(await good.exit()).toBe(0);
  await good.logged('drain finished');
}, 15_000);

test('a drain ends at its timeout with exit 0, whatever is in flight', async () => {
  const { overdue } = instances;
  await overdue.logged(SERVING);
  const endless = overdue.ask('?hold=60000').catch(() => 'cut');
  await overdue.ask();
  overdue.process.kill('SIGTERM');
  expect(await overdue.exit()).toBe(0);
  await overdue.logged('drain timed out');
  expect(await endless).toBe('cut');
}, 15_000);

test('I2: an instance without any revision is live and not ready', async () => {
  const { empty } = instances;
  expect(await empty.status('/status')).toMatchObject({
    code: 200,
    document: { healthy: true, revision: null },
  });
  const { code, document } = await empty.status();
  expect(code).toBe(503);
  expect(document.reasons).toMatchObject([{ code: 'NoRevision' }]);
});

test('I1: an agent that dies is started again, and traffic does not notice', async () => {
  const { dying } = instances;
  await dying.logged('the agent died and is started again; traffic goes on');
  expect((await dying.status()).code).toBe(200);
  expect((await dying.ask()).status).toBe(200);
  expect((await dying.status('/metrics')).text).toContain('holdfast_agent_restarts_total 1\n');
});

test('I3: a revision that the workers refuse leaves the last good one serving', async () => {
  const { refused } = instances;
  await refused.logged('a worker refused the revision; the last good one goes on');
  expect((await refused.status()).document).toMatchObject({ ready: true, revision: { sequence: 1 } });
  expect((await refused.status('/metrics')).text).toContain('holdfast_config_refused_total 1\n');
});

test('a second SIGINT ends it at once with 130', async () => {
  const { interrupted } = instances;
  await interrupted.logged(SERVING);
  interrupted.process.kill('SIGINT');
  await interrupted.logged('draining');
  interrupted.process.kill('SIGINT');
  expect(await interrupted.exit()).toBe(130);
});

test('a killed instance leaves nobody on its ports', async () => {
  const { killed } = instances;
  await killed.logged(SERVING);
  killed.process.kill('SIGKILL');
  await killed.exit();
  let refused = false;
  while (!refused)
    refused = await killed.ask().then(
      () => false,
      () => true,
    );
});

test('a log that can not be written, as on a full disk, stops nothing and holds up no end', async () => {
  const port = await freePort();
  const full = openSync('/dev/full', 'w');
  const instance = new RunningInstance('/good', ['--status', `:${port}`, '--drain-delay', '0s'], full);
  closeSync(full);
  try {
    while (!(await isReady(port))) expect(instance.process.exitCode).toBeNull();
    instance.process.kill('SIGTERM');
    expect(await instance.exit()).toBe(0);
  } finally {
    instance.process.kill('SIGKILL');
  }
}, 20_000);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/status/ready`).catch(() => undefined);
  return response?.status === 200;
}
