import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./fixtures/run-instance.ts', import.meta.url));
const FLAGS = ['--data-plane', 'default/edge', '--listen', ':0', '--status', ':0', '--workers', '2'];

/** An instance as a process, with its log and where it listens. */
class RunningInstance {
  readonly process: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(path: string, flags: string[] = []) {
    const argv = [PROGRAM, ...FLAGS, '--control-plane', `ws://127.0.0.1:1${path}`, ...flags];
    this.process = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
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

let instance: RunningInstance;

afterEach(async () => {
  instance.process.kill('SIGKILL');
  await instance.exit();
});

test('I2: an instance becomes ready by itself when its first revision serves', async () => {
  instance = new RunningInstance('/good');
  await instance.logged('all workers serve the revision');
  const { code, document } = await instance.status();
  expect(code).toBe(200);
  expect(document).toMatchObject({
    ready: true,
    dataPlane: 'default/edge',
    revision: { sequence: 1, origin: 'stream' },
  });
  expect((await instance.ask()).status).toBe(200);
});

test('I2: an instance without any revision is live and not ready', async () => {
  instance = new RunningInstance('/empty');
  expect(await instance.status('/status')).toMatchObject({
    code: 200,
    document: { healthy: true, revision: null },
  });
  const { code, document } = await instance.status();
  expect(code).toBe(503);
  expect(document.reasons).toMatchObject([{ code: 'NoRevision' }]);
});

test('I1: an agent that dies is started again, and traffic does not notice', async () => {
  instance = new RunningInstance('/dying');
  await instance.logged('the agent died and is started again; traffic goes on');
  expect((await instance.status()).code).toBe(200);
  expect((await instance.ask()).status).toBe(200);
  expect((await instance.status('/metrics')).text).toContain('holdfast_agent_restarts_total 1\n');
});

test('I3: a revision that the workers refuse leaves the last good one serving', async () => {
  instance = new RunningInstance('/refused');
  await instance.logged('a worker refused the revision; the last good one goes on');
  expect((await instance.status()).document).toMatchObject({ ready: true, revision: { sequence: 1 } });
  expect((await instance.status('/metrics')).text).toContain('holdfast_config_refused_total 1\n');
});

test('I4: SIGTERM makes it unready at once, lets a request finish, and exits 0', async () => {
  instance = new RunningInstance('/good', ['--drain-delay', '500ms', '--drain-timeout', '20s']);
  await instance.logged('all workers serve the revision');
  const slow = instance.ask('?hold=1500');
  await instance.ask();
  instance.process.kill('SIGTERM');
  await instance.logged('draining');
  expect(await instance.status()).toMatchObject({ code: 503, document: { draining: true, ready: false } });
  expect((await instance.status('/status')).code).toBe(200);
  expect((await instance.ask()).status).toBe(200);
  expect((await slow).status).toBe(200);
  expect(await instance.exit()).toBe(0);
  await instance.logged('drain finished');
}, 15_000);

test('a drain ends at its timeout with exit 0, whatever is in flight', async () => {
  instance = new RunningInstance('/good', ['--drain-delay', '0s', '--drain-timeout', '1s']);
  await instance.logged('all workers serve the revision');
  const endless = instance.ask('?hold=60000').catch(() => 'cut');
  await instance.ask();
  instance.process.kill('SIGTERM');
  expect(await instance.exit()).toBe(0);
  await instance.logged('drain timed out');
  expect(await endless).toBe('cut');
}, 15_000);

test('a second SIGINT ends it at once with 130', async () => {
  instance = new RunningInstance('/good');
  await instance.logged('all workers serve the revision');
  instance.process.kill('SIGINT');
  await instance.logged('draining');
  instance.process.kill('SIGINT');
  expect(await instance.exit()).toBe(130);
});

test('a killed instance leaves nobody on its ports', async () => {
  instance = new RunningInstance('/good');
  await instance.logged('all workers serve the revision');
  instance.process.kill('SIGKILL');
  await instance.exit();
  let refused = false;
  while (!refused)
    refused = await instance.ask().then(
      () => false,
      () => true,
    );
});
