import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from './fixtures/eventually.ts';
import { LightInstance } from './fixtures/light-instance.ts';
import { documentOf, Workspace } from './fixtures/workspace.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TIMEOUT_MS = 20_000;

let workspace: Workspace;
let programs: Program[];
beforeEach(() => {
  workspace = new Workspace();
  programs = [];
});
afterEach(async () => {
  for (const program of programs) await program.kill('SIGKILL');
  workspace.remove();
});

class Program {
  readonly #child: ChildProcess;
  #exit: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(args: string[]) {
    this.#child = spawn(process.execPath, [MAIN, ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#child, 'close');
    this.#child.stdout!.on('data', (chunk) => (this.stdout += chunk));
    this.#child.stderr!.on('data', (chunk) => (this.stderr += chunk));
    programs.push(this);
  }

  async listening(): Promise<{ stream: string; api: string }> {
    const line = await eventually(
      'the control plane to listen',
      () => this.stdout.split('\n').find((line) => line.includes('"msg":"listening"')),
      TIMEOUT_MS,
    );
    return JSON.parse(line);
  }

  async exitCode(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return await this.exitCode();
  }
}

function start(...more: string[]): Program {
  const source = `file:${workspace.path('edge.yaml')}`;
  const addresses = ['--listen', '127.0.0.1:0', '--api', '127.0.0.1:0'];
  return new Program(['--source', source, '--state-dir', workspace.path('state'), ...addresses, ...more]);
}

test('SIGTERM says goodbye and ends with 0; kill -9 leaves a state directory that goes on', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const first = start();
  const instance = await LightInstance.join((await first.listening()).stream);
  const revision = await instance.takeAndAck('snapshot');
  await first.kill('SIGKILL');
  await eventually('the stream to be lost', () => instance.closed);

  writeFileSync(file, documentOf('a', 'b'));
  const second = start();
  const again = await LightInstance.join((await second.listening()).stream, { have: revision });
  expect((await again.takeAndAck('delta')).sequence).toBe(2);
  expect(await second.kill('SIGTERM')).toBe(0);
  await again.take('goaway');
}, 30_000);

test(
  'a bad setting or token file ends with 2 and one line on stderr',
  async () => {
    const bad = start('--log-level', 'loud');
    const tokens = start('--token-file', workspace.path('missing'));
    expect([await bad.exitCode(), await tokens.exitCode()]).toEqual([2, 2]);
    expect(bad.stderr).toMatch(/^--log-level: found "loud".*\n$/);
    expect(tokens.stderr).toMatch(/^--token-file .*ENOENT.*\n$/);
  },
  TIMEOUT_MS,
);
