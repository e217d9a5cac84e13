import type { Flag } from '@holdfast/program/settings/flag.ts';
import { readCommandLine } from './command-line.ts';
import { FLAGS } from './flags.ts';

const REQUIRED = {
  HOLDFAST_NAMESPACE: 'holdfast-system',
  HOLDFAST_IMAGE: 'example.test/dataplane:1',
  HOLDFAST_CONTROL_PLANE: 'wss://a.example:7943',
};

function settingsOf(argv: string[], environment: Record<string, string> = {}) {
  return readCommandLine(argv, { ...REQUIRED, ...environment }).settings;
}

test('the defaults are those of the design', () => {
  expect(settingsOf([])).toEqual({
    namespace: 'holdfast-system',
    watchNamespaces: [],
    platform: {
      image: 'example.test/dataplane:1',
      controlPlaneEndpoints: ['wss://a.example:7943'],
      insecure: false,
      podAddressFamily: 'IPv4',
    },
    status: { host: '127.0.0.1', port: 7086 },
    logLevel: 'info',
  });
});

test('flags beat the environment; a repeatable flag has a list for its variable', () => {
  const { platform, ...rest } = settingsOf(
    ['--namespace=own', '--control-plane=wss://b', '--control-plane', 'wss://c', '--status=[::]:1'],
    { HOLDFAST_WATCH_NAMESPACES: 'x, y', HOLDFAST_LOG_LEVEL: 'debug' },
  )!;
  expect(platform.controlPlaneEndpoints).toEqual(['wss://b', 'wss://c']);
  expect(rest).toEqual({
    namespace: 'own',
    watchNamespaces: ['x', 'y'],
    status: { host: '::', port: 1 },
    logLevel: 'debug',
  });
  const listed = settingsOf([], { HOLDFAST_CONTROL_PLANE: 'wss://b,wss://c' })!;
  expect(listed.platform.controlPlaneEndpoints).toEqual(['wss://b', 'wss://c']);
});

test('the address of the API server tells the family that pods listen on', () => {
  expect(settingsOf([], { KUBERNETES_SERVICE_HOST: 'fd00::1' })!.platform.podAddressFamily).toBe('IPv6');
  expect(settingsOf([], { KUBERNETES_SERVICE_HOST: '10.96.0.1' })!.platform.podAddressFamily).toBe('IPv4');
});

test('ws:// beyond loopback needs --insecure', () => {
  const url = '--control-plane=ws://holdfast-controlplane.holdfast-system.svc:7943';
  expect(() => settingsOf([url])).toThrow('--insecure');
  expect(settingsOf([url, '--insecure'])!.platform.insecure).toBe(true);
  expect(settingsOf(['--control-plane=ws://127.0.0.1:1'])!.platform.insecure).toBe(false);
});

test.each<[string, string[], Record<string, string>]>([
  ['--namespace: not given', [], { HOLDFAST_NAMESPACE: '' }],
  ['--image: not given', [], { HOLDFAST_IMAGE: '' }],
  ['--control-plane: not given', [], { HOLDFAST_CONTROL_PLANE: '' }],
  ['--image: found "no-tag"', ['--image=no-tag'], {}],
  ['HOLDFAST_NAMESPACE: found "A"', [], { HOLDFAST_NAMESPACE: 'A' }],
  ['--watch-namespaces: found ""', ['--watch-namespaces=a,,b'], {}],
  ['--control-plane: found "https://a"', ['--control-plane=https://a'], {}],
  ['--status: found "localhost:1"', ['--status=localhost:1'], {}],
  ['HOLDFAST_INSECURE: found "yes"', [], { HOLDFAST_INSECURE: 'yes' }],
  ['--log-level: found "loud"', ['--log-level=loud'], {}],
  ["command line: unknown option '--no-leader-election'", ['--no-leader-election'], {}],
])('%s is refused in one line', (message, argv, environment) => {
  expect(() => settingsOf(argv, environment)).toThrow(message);
});

test('a password in a URL is not shown', () => {
  const read = () => settingsOf(['--control-plane=wss://user:s3cret@a']);
  expect(read).toThrow('--control-plane: a URL with user');
  expect(read).not.toThrow('s3cret');
});

test('the help shows every flag', () => {
  const { text } = readCommandLine(['--help'], {});
  for (const { flag, variable } of Object.values<Flag>(FLAGS)) {
    expect(text).toContain(flag);
    expect(text).toContain(variable);
  }
});
