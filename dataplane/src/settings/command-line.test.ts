import { StartError } from '@holdfast/program/errors.ts';
import type { Flag } from '@holdfast/program/settings/flag.ts';
import { VERSION } from '../version.ts';
import { readCommandLine } from './command-line.ts';
import { FLAGS } from './flags.ts';

const REQUIRED = ['--data-plane', 'default/edge', '--control-plane', 'ws://127.0.0.1:7943'];

function settings(argv: string[], environment: Record<string, string> = {}) {
  return readCommandLine([...REQUIRED, ...argv], environment).settings!;
}

function problem(argv: string[], environment: Record<string, string> = {}): string {
  try {
    readCommandLine(argv, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).exitCode).toBe(2);
    return (error as Error).message;
  }
  throw new Error(`accepted: ${argv.join(' ')} ${JSON.stringify(environment)}`);
}

test('the two required settings are enough', () => {
  expect(settings(['--instance', 'a', '--workers', '2'])).toEqual({
    instance: 'a',
    dataPlane: 'default/edge',
    controlPlanes: ['ws://127.0.0.1:7943/v1/stream'],
    listeners: [{ name: 'http', host: '127.0.0.1', port: 8080 }],
    status: { host: '127.0.0.1', port: 7085 },
    workers: 2,
    insecure: false,
    drainDelayMs: 10_000,
    drainTimeoutMs: 60_000,
    logLevel: 'info',
  });
});

test('there are at least two workers by default', () => {
  expect(settings([]).workers).toBeGreaterThanOrEqual(2);
});

test('every flag is read', () => {
  const argv = [
    '--listen',
    '0.0.0.0:80',
    '--listen',
    'admin=[::1]:81',
    '--status',
    ':9000',
    '--cache-dir',
    'cache',
    '--bootstrap-dir',
    'bootstrap',
  ];
  argv.push(
    '--token-file',
    'token',
    '--insecure',
    '--drain-delay',
    '0s',
    '--drain-timeout',
    '1m30s',
    '--log-level',
    'debug',
  );
  expect(settings(argv)).toMatchObject({
    listeners: [
      { name: 'http', host: '0.0.0.0', port: 80 },
      { name: 'admin', host: '::1', port: 81 },
    ],
    status: { host: '127.0.0.1', port: 9000 },
    cacheDirectory: 'cache',
    bootstrapDirectory: 'bootstrap',
    tokenFile: 'token',
    insecure: true,
    drainDelayMs: 0,
    drainTimeoutMs: 90_000,
    logLevel: 'debug',
  });
});

test('every variable is read, and a repeatable one is a comma-separated list', () => {
  const environment = {
    HOLDFAST_INSTANCE: 'b',
    HOLDFAST_DATA_PLANE: 'shop/edge',
    HOLDFAST_CONTROL_PLANE: 'ws://127.0.0.1:1, wss://control.example:2/other',
    HOLDFAST_LISTEN: 'a=127.0.0.1:1,b=127.0.0.1:2',
    HOLDFAST_WORKERS: '3',
    HOLDFAST_INSECURE: 'false',
    HOLDFAST_DRAIN_DELAY: '1s',
    HOLDFAST_TOKEN_FILE: '',
  };
  const read = readCommandLine([], environment).settings!;
  expect(read).toMatchObject({
    instance: 'b',
    dataPlane: 'shop/edge',
    workers: 3,
    insecure: false,
    drainDelayMs: 1000,
  });
  expect(read.controlPlanes).toEqual(['ws://127.0.0.1:1/v1/stream', 'wss://control.example:2/other']);
  expect(read.listeners.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(read).not.toHaveProperty('tokenFile');
});

test('flags beat the environment, lists as a whole', () => {
  const environment = { HOLDFAST_WORKERS: '9', HOLDFAST_LISTEN: 'a=:1,b=:2', HOLDFAST_INSECURE: 'false' };
  const read = settings(['--workers', '4', '--listen', 'c=:3', '--insecure'], environment);
  expect(read.workers).toBe(4);
  expect(read.listeners.map(({ name }) => name)).toEqual(['c']);
  expect(read.insecure).toBe(true);
});

test("the process's own environment is not looked at", () => {
  process.env.HOLDFAST_WORKERS = '7';
  try {
    expect(settings([], { HOLDFAST_WORKERS: '5' }).workers).toBe(5);
  } finally {
    delete process.env.HOLDFAST_WORKERS;
  }
});

test.each([
  [['--workers', '0'], '--workers: found "0", allowed is a whole number from 1 to 64'],
  [['--workers', '65'], '--workers: found "65", allowed is a whole number from 1 to 64'],
  [['--listen', 'example.com:80'], '--listen: found "example.com:80", allowed is [name=]HOST:PORT'],
  [['--listen', 'A=:80'], '--listen: found "A=:80", allowed is [name=]HOST:PORT'],
  [['--listen', ':80', '--listen', ':81'], '--listen: found ":81", allowed is each name once'],
  [['--listen', 'a=:80', '--listen', 'b=:80'], '--listen: found "b=:80", allowed is each address once'],
  [
    ['--listen', ':9000', '--status', ':9000'],
    '--listen: found ":9000", allowed is an address that the status API does not have',
  ],
  [['--cache-dir', ''], '--cache-dir: found "", allowed is a path'],
  [['--status', '7085'], '--status: found "7085", allowed is HOST:PORT'],
  [['--drain-delay', '10'], '--drain-delay: found "10", allowed is a duration'],
  [['--drain-delay', '11m'], '--drain-delay: found "11m", allowed is a duration'],
  [['--log-level', 'loud'], '--log-level: found "loud", allowed is trace, debug'],
  [['--instance', 'a b'], '--instance: found "a b", allowed is 1 to 253'],
  [
    ['--control-plane', 'http://127.0.0.1:1'],
    '--control-plane: found "http://127.0.0.1:1", allowed is ws://',
  ],
  [
    ['--control-plane', 'ws://control.example:1'],
    '--control-plane: found "ws://control.example:1", allowed is wss://',
  ],
  [['--nonsense'], "command line: unknown option '--nonsense'"],
  [['--worker', '2'], "command line: unknown option '--worker' (Did you mean --workers?)"],
  [['--workers'], "command line: option '--workers <n>' argument missing"],
  [['more'], 'command line: too many arguments'],
])('%j is refused in one line that names the flag, what was found and what is allowed', (argv, expected) => {
  const message = problem([...REQUIRED, ...argv]);
  expect(message).toContain(expected);
  expect(message).not.toContain('\n');
});

test('a bad variable is named, not the flag', () => {
  expect(problem(REQUIRED, { HOLDFAST_WORKERS: 'many' })).toMatch(
    /^HOLDFAST_WORKERS: found "many", allowed is/,
  );
  expect(problem(REQUIRED, { HOLDFAST_INSECURE: 'perhaps' })).toMatch(/^HOLDFAST_INSECURE: found "perhaps"/);
});

test('a missing required setting names flag and variable', () => {
  expect(problem([])).toBe('--data-plane: not given, and HOLDFAST_DATA_PLANE is not set; it is required');
  expect(problem(['--data-plane', 'default/edge'])).toMatch(/^--control-plane: not given/);
});

test.each(['ws://user:secret@127.0.0.1:1', 'ws://127.0.0.1:1/v1/stream?token=secret'])(
  'what may hold a secret in a URL is refused and not shown (I7): %s',
  (url) => {
    const text = problem(['--data-plane', 'a/b', '--control-plane', url]);
    expect(text).toContain('the token belongs into --token-file');
    expect(text).not.toContain('secret');
  },
);

test('--insecure allows ws:// beyond loopback', () => {
  const read = settings(['--control-plane', 'ws://control.example:1', '--insecure']);
  expect(read.controlPlanes).toContain('ws://control.example:1/v1/stream');
});

test('--help names every flag with its variable, --version the version', () => {
  const help = readCommandLine(['--help'], {}).text!;
  for (const flag of Object.values<Flag>(FLAGS)) {
    expect(help).toContain(flag.flag);
    expect(help).toContain(flag.variable);
  }
  expect(readCommandLine(['--version'], {}).text).toBe(`${VERSION}\n`);
});
