import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { eventually } from '../fixtures/eventually.ts';
import { Workspace } from '../fixtures/workspace.ts';
import { StateLock } from './state-lock.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

/** A process that takes the lock and lives until it is killed. */
async function holderProcess() {
  const module = new URL('./state-lock.ts', import.meta.url).href;
  const program = `
    const { StateLock } = await import(${JSON.stringify(module)});
    await StateLock.acquire(${JSON.stringify(workspace.directory)});
    process.stdout.write('held');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a lock that is held is not given again, also not to the same process', async () => {
  const lock = await StateLock.acquire(workspace.directory);
  await expect(StateLock.acquire(workspace.directory)).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  await lock.release();
  await (await StateLock.acquire(workspace.directory)).release();
  expect(existsSync(workspace.path('lock.json'))).toBe(false);
});

test('the lock of another process holds while it lives, and is taken over when it was killed', async () => {
  const child = await holderProcess();
  await expect(StateLock.acquire(workspace.directory)).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await StateLock.acquire(workspace.directory);
  expect(await lock.holds()).toBe(true);
  await lock.release();
});

test('a later process with the same pid is not taken for the holder', async () => {
  const first = await StateLock.acquire(workspace.directory);
  const holder = JSON.parse(readFileSync(workspace.path('lock.json'), 'utf8'));
  writeFileSync(workspace.path('lock.json'), JSON.stringify({ ...holder, id: 'earlier', startedAt: '1' }));
  const second = await StateLock.acquire(workspace.directory);
  expect(await first.holds()).toBe(false);
  await first.release();
  expect(await second.holds()).toBe(true);
  await second.release();
});

test('a holder in another container is dead once its heartbeat has stopped', async () => {
  writeFileSync(
    workspace.path('lock.json'),
    JSON.stringify({ id: 'other', pid: process.pid, startedAt: '1', place: 'another machine' }),
  );
  const lock = await StateLock.acquire(workspace.directory, 1_500);
  expect(await lock.holds()).toBe(true);
  await lock.release();
});

test('a holder in another container lives as long as its heartbeat goes on', async () => {
  const lock = await StateLock.acquire(workspace.directory);
  const file = workspace.path('lock.json');
  writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), place: 'another machine' }),
  );
  const second = StateLock.acquire(workspace.directory, 2_500);
  await expect(second).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  await lock.release();
});

test('a damaged lock file locks nobody out', async () => {
  writeFileSync(workspace.path('lock.json'), '');
  await (await StateLock.acquire(workspace.directory, 500)).release();
});

test('who has lost the lock does not keep that of the next one alive', async () => {
  const file = workspace.path('lock.json');
  const first = await StateLock.acquire(workspace.directory);
  utimesSync(file, 0, 0);
  await eventually('a heartbeat', () => statSync(file).mtimeMs > 0);
  writeFileSync(file, JSON.stringify({ id: 'next', pid: 1, startedAt: '1', place: 'another container' }));
  const taken = await StateLock.acquire(workspace.directory, 1_500);
  expect(await first.holds()).toBe(false);
  await Promise.all([first.release(), taken.release()]);
}, 10_000);
