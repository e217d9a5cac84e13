import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { Program } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-program-'));
const programs: Program[] = [];
afterEach(() => Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL'))));
afterAll(() => rmSync(directory, { recursive: true }));

function start(script: string): Program {
  const logFile = join(directory, `${programs.length}.log`);
  const program = new Program({ name: 'child', command: process.execPath, args: ['-e', script], logFile });
  programs.push(program);
  return program;
}

test('a line of JSON is awaited by its fields, also when it has come already', async () => {
  const program = start(
    'console.log(JSON.stringify({ msg: "listening", port: 5 })); setInterval(() => {}, 1000)',
  );
  const listening = (entry: { msg?: string }) => entry.msg === 'listening';
  expect(await program.logged('listening', listening)).toMatchObject({ port: 5 });
  expect(await program.logged('listening', listening)).toMatchObject({ port: 5 });
});

test('a program that ends before the line rejects the wait with its exit code and its last words', async () => {
  const program = start('console.error("no port left"); process.exit(3)');
  const wait = program.logged('listening', () => false);
  await expect(wait).rejects.toThrow(/"code":3.*[\s\S]*no port left/);
  expect(await program.exited).toEqual({ code: 3, signal: null });
});

test('a line that does not come in time rejects the wait with the last words', async () => {
  const program = start('console.log("busy"); setInterval(() => {}, 1000)');
  await program.logged('busy', ({ msg }) => msg === 'busy');
  await expect(program.logged('listening', () => false, 50)).rejects.toThrow(/within 50 ms[\s\S]*busy/);
});

test('a program that ignores SIGTERM is killed after the timeout', async () => {
  const program = start('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)');
  await program.logged('up', ({ msg }) => msg === 'up');
  expect(await program.stop('SIGTERM', 100)).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a command that does not exist ends the program, with the reason', async () => {
  const program = new Program({
    name: 'ghost',
    command: 'no-such-program',
    args: [],
    logFile: join(directory, 'ghost.log'),
  });
  expect(await program.exited).toEqual({ code: null, signal: null });
  expect(program.tail()).toContain('ENOENT');
});

test('the whole output is in the log file', async () => {
  const program = start('console.log("one"); console.log("two")');
  await program.exited;
  const file = join(directory, '0.log');
  await eventually('both lines are written', () => readFileSync(file, 'utf8').includes('one\ntwo\n'));
});
