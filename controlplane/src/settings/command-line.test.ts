import { StartError } from '@holdfast/program/errors.ts';
import { readCommandLine } from './command-line.ts';
import type { FileSettings } from './settings.ts';

const REQUIRED = ['--source', 'file:edge.yaml', '--state-dir', 'state'];
const KUBERNETES = ['--source', 'kubernetes', '--namespace', 'holdfast-system'];

function settingsOf(args: string[], environment: Record<string, string> = {}) {
  return readCommandLine(args, environment).settings!;
}

function problemOf(args: string[], environment: Record<string, string> = {}): string {
  try {
    settingsOf(args, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).exitCode).toBe(2);
    return (error as Error).message;
  }
  return 'accepted';
}

test('what is not given has its default', () => {
  expect(settingsOf(REQUIRED)).toEqual({
    source: { kind: 'file', path: 'edge.yaml' },
    listen: { host: '127.0.0.1', port: 7943 },
    api: { host: '127.0.0.1', port: 7080 },
    stateDirectory: 'state',
    logLevel: 'info',
  });
});

test('with the source kubernetes all namespaces are watched unless some are named', () => {
  expect(settingsOf(KUBERNETES)).toMatchObject({ namespace: 'holdfast-system', watchNamespaces: [] });
  const some = settingsOf([...KUBERNETES, '--watch-namespaces', 'a,b']);
  expect(some).toMatchObject({ source: { kind: 'kubernetes' }, watchNamespaces: ['a', 'b'] });
});

test('I7: with the source kubernetes, where tokens are Secrets, beyond loopback needs --insecure', () => {
  const beyond = [...KUBERNETES, '--listen', '0.0.0.0:7943'];
  expect(problemOf(beyond)).toContain('--insecure');
  expect(problemOf([...beyond, '--insecure'])).toBe('accepted');
});

test('each setting has a variable, and flags beat the environment', () => {
  const environment = {
    HOLDFAST_SOURCE: 'file:env.yaml',
    HOLDFAST_STATE_DIR: 'env-state',
    HOLDFAST_LISTEN: '127.0.0.1:1',
    HOLDFAST_API: '127.0.0.1:2',
    HOLDFAST_TOKEN_FILE: 'env-tokens',
    HOLDFAST_INSECURE: 'true',
    HOLDFAST_LOG_LEVEL: 'debug',
  };
  const flags = ['--source', 'file:flag.yaml', '--listen', '127.0.0.1:3'];
  const { source, listen, tokenFile, logLevel } = settingsOf(flags, environment) as FileSettings;
  expect([source.path, listen.port, tokenFile, logLevel]).toEqual(['flag.yaml', 3, 'env-tokens', 'debug']);
});

test.each([
  [['--source', 'git:x', '--state-dir', 's'], '--source: found "git:x"'],
  [['--source', 'kubernetes'], '--namespace: found nothing'],
  [[...KUBERNETES, '--namespace', 'Not_One'], '--namespace: found "Not_One"'],
  [[...KUBERNETES, '--watch-namespaces', 'a,B'], '--watch-namespaces: found "B"'],
  [[...KUBERNETES, '--state-dir', 's'], '--state-dir: found "s"'],
  [[...KUBERNETES, '--token-file', 't'], '--token-file: found "t"'],
  [[...REQUIRED, '--namespace', 'n'], '--namespace: found "n"'],
  [['--state-dir', 's'], '--source: found nothing'],
  [['--source', 'file:x.yaml'], '--state-dir: found nothing'],
  [[...REQUIRED, '--listen', 'example.com:80'], '--listen: found "example.com:80"'],
  [[...REQUIRED, '--api', '7080'], '--api: found "7080"'],
  [[...REQUIRED, '--log-level', 'loud'], '--log-level: found "loud"'],
  [[...REQUIRED, '--insecure=perhaps'], '--insecure: found "perhaps"'],
  [[...REQUIRED, '--token-file', ''], '--token-file: found ""'],
  [[...REQUIRED, '--listn', 'x'], "unknown option '--listn'"],
  [[...REQUIRED, 'extra'], 'too many arguments'],
  [[...REQUIRED, '--api', 'a\nb'], '--api: found "a\\nb"'],
])('%j is refused with one line that names the setting', (args, expected) => {
  const problem = problemOf(args);
  expect(problem).toContain(expected);
  expect(problem).toMatch(/allowed/);
  expect(problem).not.toContain('\n');
});

test('a bad variable is named as such', () => {
  expect(problemOf(REQUIRED, { HOLDFAST_LISTEN: 'nowhere' })).toContain('HOLDFAST_LISTEN: found "nowhere"');
});

test('I7: beyond loopback the stream needs a token file, and --insecure as long as there is no TLS', () => {
  const beyond = [...REQUIRED, '--listen', '0.0.0.0:7943'];
  expect(problemOf(beyond)).toContain('--token-file');
  expect(problemOf([...beyond, '--insecure'])).toContain('--token-file');
  expect(problemOf([...beyond, '--token-file', 'tokens'])).toContain('--insecure');
  expect(problemOf([...beyond, '--token-file', 'tokens', '--insecure=false'])).toContain('--insecure');
  expect(problemOf([...beyond, '--token-file', 'tokens', '--insecure'])).toBe('accepted');
});
