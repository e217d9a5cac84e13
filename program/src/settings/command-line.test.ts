import { StartError } from '../errors.ts';
import { CommandLine } from './command-line.ts';
import type { Given } from './given.ts';
import type { GivenSettings } from './given-settings.ts';

const FLAGS = {
  name: { flag: '--name <name>', variable: 'X_NAME', description: 'a name', default: 'none' },
  target: { flag: '--target <url>', variable: 'X_TARGET', description: 'a target', repeatable: true },
  quietly: { flag: '--quietly', variable: 'X_QUIETLY', description: 'say nothing' },
} as const;

type Name = keyof typeof FLAGS;

const COMMAND_LINE = new CommandLine<Name>({
  name: 'sample',
  description: 'A sample.',
  version: '1.2.3',
  flags: FLAGS,
});

function everything(given: GivenSettings<Name>): Record<Name, readonly Given[]> {
  return { name: given.all('name'), target: given.all('target'), quietly: given.all('quietly') };
}

function given(argv: string[], environment: Record<string, string> = {}) {
  return COMMAND_LINE.read(argv, environment, everything).settings!;
}

test('each value comes with the flag that it was given by', () => {
  expect(given(['--name=a', '--target', 'b', '--target=c', '--quietly'])).toEqual({
    name: [{ source: '--name', text: 'a' }],
    target: [
      { source: '--target', text: 'b' },
      { source: '--target', text: 'c' },
    ],
    quietly: [{ source: '--quietly', text: 'true' }],
  });
});

test('or with the variable; that of a repeatable flag is a list, and an empty one counts as not set', () => {
  expect(given([], { X_NAME: 'a,b', X_TARGET: 'c, d', X_QUIETLY: '' })).toEqual({
    name: [{ source: 'X_NAME', text: 'a,b' }],
    target: [
      { source: 'X_TARGET', text: 'c' },
      { source: 'X_TARGET', text: 'd' },
    ],
    quietly: [],
  });
});

test('flags beat variables, lists as a whole', () => {
  const environment = { X_NAME: 'a', X_TARGET: 'b,c' };
  const { name, target } = given(['--name', 'd', '--target', 'e'], environment);
  expect([name, target]).toEqual([[{ source: '--name', text: 'd' }], [{ source: '--target', text: 'e' }]]);
});

test("the process's own environment is not looked at", () => {
  process.env.X_NAME = 'own';
  try {
    expect(given([]).name).toEqual([]);
  } finally {
    delete process.env.X_NAME;
  }
});

test('what is required and missing is said with flag and variable', () => {
  const read = () => COMMAND_LINE.read([], {}, (settings) => settings.required('target', ({ text }) => text));
  expect(read).toThrow('--target: not given, and X_TARGET is not set; it is required');
});

test.each([
  [
    ['--nam', 'a'],
    "command line: unknown option '--nam' (Did you mean --name?); allowed are the flags of --help",
  ],
  [['--name'], "command line: option '--name <name>' argument missing; allowed are the flags of --help"],
  [['more'], 'command line: too many arguments'],
])('%j is one line', (argv, expected) => {
  const read = () => given(argv);
  expect(read).toThrow(StartError);
  expect(read).toThrow(expected);
});

test('--help shows every flag with its variable and default, --version the version', () => {
  const { text: help } = COMMAND_LINE.read(['--help'], {}, everything);
  for (const { flag, variable } of Object.values(FLAGS)) {
    expect(help).toContain(flag);
    expect(help).toContain(variable);
  }
  expect(help).toContain('(default: none)');
  expect(COMMAND_LINE.read(['--version'], {}, everything)).toEqual({ text: '1.2.3\n' });
});
