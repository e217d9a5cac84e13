import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { PinnedProcess } from './pinned-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-pinned-'));
const logFile = join(directory, 'output.log');
const started: PinnedProcess[] = [];

function start(script: string): PinnedProcess {
  const program = new PinnedProcess({
    name: 'the program',
    command: 'sh',
    args: ['-c', script],
    core: 0,
    logFile,
  });
  started.push(program);
  return program;
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

afterAll(() => {
  for (const program of started) program.kill();
  rmSync(directory, { recursive: true });
});

test('it runs on its core', async () => {
  const program = start('sleep 60; true');
  const status = await eventually('the shell runs', () => {
    const text = readFileSync(`/proc/${program.pids()[0]}/status`, 'utf8');
    return text.includes('Name:\tsh') && text;
  });
  expect(status).toMatch(/^Cpus_allowed_list:\s+0$/m);
});

test('its descendants are listed, and killed with it', async () => {
  const program = start('sh -c "sleep 61; true"; true');
  const pids = await eventually('all three run', () => program.pids().length === 3 && program.pids());
  program.kill();
  await eventually('none runs any more', () => !pids.some(isRunning));
});

test('one that ignores its end is killed', async () => {
  const program = start('trap "" TERM; echo trapped; while true; do sleep 1; done');
  await eventually('it ignores', () => readFileSync(logFile, 'utf8').includes('trapped'));
  const [pid] = program.pids();
  await program.stop(100);
  expect(isRunning(pid!)).toBe(false);
});

test('one that has ended is told with its last words', async () => {
  const program = start('echo no such option >&2; exit 3');
  await eventually('it has ended', () => program.ended);
  expect(() => program.pids()).toThrow(/the program has ended \(exit 3\).*no such option/s);
});

test('one that cannot be started has ended', async () => {
  const program = new PinnedProcess({
    name: 'none',
    command: '/no/such/program',
    args: [],
    core: 0,
    logFile,
  });
  await eventually('it has ended', () => program.ended);
  expect(() => program.check()).toThrow('none has ended');
});
