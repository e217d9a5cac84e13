import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, BoundSocket, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ControlPlane } from './configuration/fixtures/control-plane.ts';
import { revision, snapshot } from './configuration/fixtures/revisions.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const REQUIRED = ['--data-plane', 'default/edge', '--control-plane', 'ws://127.0.0.1:1'];

function start(argv: string[], nodeArgv: string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgv, MAIN, ...argv], {
    timeout: 10_000,
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

test('a bad value is one line on stderr and exit 2', () => {
  const { status, stderr } = start([...REQUIRED, '--workers', 'many']);
  expect(stderr).toBe('holdfast: --workers: found "many", allowed is a whole number from 1 to 64\n');
  expect(status).toBe(2);
});

test('--version is on stdout and exit 0', () => {
  expect(start(['--version'])).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('an older Node.js is one line on stderr and exit 2', () => {
  const code = "Object.defineProperty(process, 'versions', { value: { node: '26.3.9' } })";
  const { status, stderr } = start(REQUIRED, [
    '--import',
    `data:text/javascript,${encodeURIComponent(code)}`,
  ]);
  expect(stderr).toBe('holdfast: Node.js 26.4 or newer is needed, found 26.3.9\n');
  expect(status).toBe(2);
});

test('SIGTERM while the program is still being loaded ends it with exit 0', () => {
  const code =
    "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) {" +
    " if (url.endsWith('/run.ts')) process.kill(process.pid, 'SIGTERM'); return next(url, context); } })";
  const preload = `data:text/javascript,${encodeURIComponent(code)}`;
  const flags = [...REQUIRED, '--listen', ':0', '--status', ':0', '--drain-delay', '0s'];
  expect(start(flags, ['--import', preload])).toMatchObject({ status: 0, stderr: '' });
});

test('an address in use is one line on stderr and exit 1', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;
  for (const flags of [
    ['--listen', `:${port}`, '--status', ':0'],
    ['--listen', ':0', '--status', `:${port}`],
  ]) {
    const { status, stderr } = start([...REQUIRED, ...flags]);
    expect(stderr).toMatch(/^holdfast: [^\n]*cannot be bound: [^\n]*EADDRINUSE[^\n]*\n$/);
    expect(status).toBe(1);
  }
  occupant.close();
});

test('an address that another program bound as well, and listens on first, is one line on stderr and exit 1', async () => {
  const controlPlane = await ControlPlane.start();
  const occupant = new BoundSocket({ host: '127.0.0.1' });
  const flags = ['--data-plane', 'default/edge', '--control-plane', controlPlane.url];
  const { port } = occupant.address();
  const instance = spawn(process.execPath, [MAIN, ...flags, '--listen', `:${port}`, '--status', ':0']);
  const stderr = text(instance.stderr);
  const exited = once(instance, 'exit');
  const peer = await controlPlane.peers.next();
  const server = createServer().listen(occupant);
  await once(server, 'listening');
  peer.send(snapshot(revision(1)));
  expect(await exited).toEqual([1, null]);
  expect(await stderr).toMatch(/^holdfast: a listener cannot be listened on: [^\n]*EADDRINUSE[^\n]*\n$/);
  server.close();
  await controlPlane.kill();
}, 20_000);
