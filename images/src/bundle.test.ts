import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { bundle } from './bundle.ts';
import { PROGRAMS, programNamed, sourcePath } from './programs.ts';

// Away from the checkout: no package and no source is beside the bundles, as in an image.
const directory = mkdtempSync(join(tmpdir(), 'holdfast-images-'));
const running: ChildProcess[] = [];
const backends: Server[] = [];

afterAll(async () => {
  await Promise.all(running.map(end));
  for (const backend of backends) backend.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Line {
  msg?: string;
  [field: string]: unknown;
}

/** Resolves with the first line of its log that says `message`. */
async function start(program: string, args: string[], message: string): Promise<Line> {
  const child = spawn(process.execPath, [join(directory, program, 'main.js'), ...args], {
    cwd: directory,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const seen: string[] = [];
  for await (const text of createInterface(child.stdout!)) {
    seen.push(text);
    const line = JSON.parse(text) as Line;
    if (line.msg !== message) continue;
    child.stdout!.resume();
    return line;
  }
  throw new Error(`${program} ended without saying ${message}: ${seen.join('\n')}`);
}

/** Long enough that the control plane parses it in a thread, which is a bundle of its own. */
function documentFor(port: number): string {
  return [
    'routes: [{name: everything, backendRefs: [{name: app}]}]',
    `backends: [{name: app, endpoints: [{address: 127.0.0.1, port: ${port}}]}]`,
    `# ${'long '.repeat(10_000)}`,
  ].join('\n');
}

async function ready(url: string): Promise<void> {
  let last = 'no answer';
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; await delay(50)) {
    const response = await fetch(url);
    last = await response.text();
    if (response.ok) return;
  }
  throw new Error(`not ready within 15 s: ${last}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test.each(PROGRAMS.flatMap(({ name, entries }) => Object.values(entries).map((path) => [name, path])))(
  '%s starts %s, which is there',
  (_name, path) => {
    expect(existsSync(sourcePath(path!))).toBe(true);
  },
);

test('control plane and instance run from their bundles, away from sources and packages', async () => {
  await bundle(programNamed('controlplane'), join(directory, 'controlplane'));
  await bundle(programNamed('dataplane'), join(directory, 'dataplane'));
  const backend = createServer((request, response) => response.end(`behind ${request.url}`));
  backends.push(backend.listen(0, '127.0.0.1'));
  await once(backend, 'listening');
  const configuration = join(directory, 'routes.yaml');
  writeFileSync(configuration, documentFor((backend.address() as AddressInfo).port));

  const source = ['--source', `file:${configuration}`, '--state-dir', join(directory, 'state')];
  const controlPlane = await start(
    'controlplane',
    [...source, '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0'],
    'listening',
  );
  const stream = ['--data-plane', 'default/edge', '--control-plane', `ws://${controlPlane.stream}`];
  const instance = await start(
    'dataplane',
    [...stream, '--listen', '127.0.0.1:0', '--status', '127.0.0.1:0'],
    'listening',
  );
  await ready(`http://${instance.status}/status/ready`);
  const [listener] = instance.listeners as { address: string }[];
  const response = await fetch(`http://${listener!.address}/orders`);

  expect(await response.text()).toBe('behind /orders');
}, 30_000);

test('a program that starts a file which is no entry of it is not bundled', async () => {
  const entries = { main: 'controlplane/src/main.ts' };
  await expect(bundle({ name: 'controlplane', entries }, join(directory, 'none'))).rejects.toThrow(
    'document-thread.ts, which is no entry of controlplane',
  );
});

test('an unknown program is refused with the names of those there are', () => {
  expect(() => programNamed('gateway')).toThrow(/expected one of operator, .*, found gateway/);
});
