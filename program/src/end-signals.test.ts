import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const SOURCE = new URL('./end-signals.ts', import.meta.url);
const programs: ChildProcess[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});

/** A program that ends by `end` lives on as long as its standard input is open; it says what it does on standard output. */
async function start(code: string): Promise<ChildProcess> {
  const lines = [
    `const { EndSignals } = await import(${JSON.stringify(SOURCE.href)});`,
    'const signals = new EndSignals();',
    'process.stdin.resume();',
    code,
    "process.stdout.write('up ');",
  ];
  const program = spawn(process.execPath, ['--input-type=module', '--eval', lines.join('\n')], { env: {} });
  programs.push(program);
  program.stdout!.setEncoding('utf8');
  await said(program);
  return program;
}

async function said(program: ChildProcess): Promise<string> {
  const [text] = await once(program.stdout!, 'data');
  return text;
}

const NEVER = 'signals.endWith((signal) => { process.stdout.write(signal); return new Promise(() => {}); }';

test.each(['SIGTERM', 'SIGINT'] as const)('%s before there is anything to end exits 0', async (signal) => {
  const program = await start('');
  program.kill(signal);
  expect(await once(program, 'exit')).toEqual([0, null]);
});

test('the end is gone through once, however often it is told, and exits 0', async () => {
  const program = await start(
    "signals.endWith(async (signal) => { process.stdout.write(signal); await new Promise((end) => process.stdin.on('end', end)); })",
  );
  program.kill('SIGTERM');
  expect(await said(program)).toBe('SIGTERM');
  program.kill('SIGTERM');
  program.kill('SIGINT');
  program.stdin!.end();
  let more = '';
  program.stdout!.on('data', (text) => (more += text));
  expect(await once(program, 'close')).toEqual([0, null]);
  expect(more).toBe('');
});

test('a second SIGINT exits at once', async () => {
  const program = await start(`${NEVER});`);
  program.kill('SIGINT');
  expect(await said(program)).toBe('SIGINT');
  program.kill('SIGINT');
  expect(await once(program, 'exit')).toEqual([130, null]);
});

test('an end that hangs is cut off, and exits 0', async () => {
  const program = await start(`${NEVER}, 100);`);
  program.kill('SIGTERM');
  expect(await once(program, 'exit')).toEqual([0, null]);
});
