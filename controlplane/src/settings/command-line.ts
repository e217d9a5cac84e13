/** Reads the settings of the control plane from its arguments and environment; pure, so nothing is opened or bound here. */
import { type StartError, settingError } from '@holdfast/program/errors.ts';
import { type Asked, CommandLine, type Environment } from '@holdfast/program/settings/command-line.ts';
import { nameOfFlag } from '@holdfast/program/settings/flag.ts';
import { type Given, notAllowed } from '@holdfast/program/settings/given.ts';
import type { GivenSettings } from '@holdfast/program/settings/given-settings.ts';
import { list, logLevel, parsed, path, truth } from '@holdfast/program/settings/values.ts';
import {
  HOST_PORT_EXPECTED,
  type HostPort,
  isLoopback,
  parseHostPort,
} from '@holdfast/protocol/values/address.ts';
import { isLabel } from '@holdfast/protocol/values/name.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type FlagName } from './flags.ts';
import {
  type ControlPlaneSettings,
  type FileSettings,
  isKubernetes,
  type KubernetesSettings,
} from './settings.ts';

const NAMESPACES_MOST = 64;
const SOURCE_EXPECTED = 'file:PATH or kubernetes';
const STATE_DIRECTORY_EXPECTED = 'a directory, for the revisions of the file source';
const NAMESPACE_EXPECTED = 'the name of a namespace';

const COMMAND_LINE = new CommandLine<FlagName>({
  name: 'holdfast-controlplane',
  description: 'Publishes gateway configuration to the instances of data planes.',
  version: VERSION,
  flags: FLAGS,
});

/** `argv` without program and script. Throws a StartError of one line for the first value that is not allowed. */
export function readCommandLine(
  argv: readonly string[],
  environment: Environment,
): Asked<ControlPlaneSettings> {
  return COMMAND_LINE.read(argv, environment, readSettings);
}

type GivenFlags = GivenSettings<FlagName>;

function readSettings(given: GivenFlags): ControlPlaneSettings {
  const settings =
    given.all('source')[0]?.text === 'kubernetes' ? kubernetesSettings(given) : fileSettings(given);
  checkTrust(settings, given);
  return settings;
}

function fileSettings(given: GivenFlags): FileSettings {
  const settings: FileSettings = {
    source: { kind: 'file', path: given.optional('source', filePath) ?? missing('source', SOURCE_EXPECTED) },
    ...commonSettings(given),
    stateDirectory:
      given.optional('stateDir', (one) => path(one, STATE_DIRECTORY_EXPECTED)) ??
      missing('stateDir', STATE_DIRECTORY_EXPECTED),
  };
  const tokenFile = given.optional('tokenFile', (one) => path(one, 'a file'));
  if (tokenFile !== undefined) settings.tokenFile = tokenFile;
  refuseGiven(given, ['namespace', 'watchNamespaces'], '--source kubernetes');
  return settings;
}

function kubernetesSettings(given: GivenFlags): KubernetesSettings {
  refuseGiven(given, ['stateDir', 'tokenFile'], '--source file:PATH');
  return {
    source: { kind: 'kubernetes' },
    ...commonSettings(given),
    namespace: given.optional('namespace', namespaceName) ?? missing('namespace', NAMESPACE_EXPECTED),
    watchNamespaces:
      given.optional('watchNamespaces', (names) => list(names, NAMESPACES_MOST, namespaceName)) ?? [],
  };
}

function commonSettings(given: GivenFlags): Pick<ControlPlaneSettings, 'listen' | 'api' | 'logLevel'> {
  return {
    listen: given.optional('listen', address) ?? { host: '127.0.0.1', port: 7943 },
    api: given.optional('api', address) ?? { host: '127.0.0.1', port: 7080 },
    logLevel: given.optional('logLevel', logLevel) ?? 'info',
  };
}

/** A setting that would have no effect is a mistake of whom gave it. */
function refuseGiven(given: GivenFlags, names: FlagName[], only: string): void {
  for (const name of names) {
    const [found] = given.all(name);
    if (found !== undefined) throw notAllowed(found, `it with ${only} only`);
  }
}

/** Configuration goes to authenticated instances only, and tokens over plain TCP only where a person said so (I7). */
function checkTrust(settings: ControlPlaneSettings, given: GivenFlags): void {
  const insecure = given.optional('insecure', truth) ?? false;
  const [listen] = given.all('listen');
  if (listen === undefined || isLoopback(settings.listen.host)) return;
  if (!isKubernetes(settings) && settings.tokenFile === undefined)
    throw beyondLoopback(listen, 'a loopback address, or --token-file as well');
  if (!insecure) throw beyondLoopback(listen, 'without TLS a loopback address, or --insecure as well');
}

function beyondLoopback({ source, text }: Given, allowed: string): StartError {
  return settingError(source, `found ${JSON.stringify(text)}, which is not loopback, allowed is ${allowed}`);
}

function filePath(given: Given): string {
  const text = given.text.startsWith('file:') ? given.text.slice('file:'.length) : '';
  if (text === '' || text.includes('\0')) throw notAllowed(given, SOURCE_EXPECTED);
  return text;
}

function namespaceName(given: Given): string {
  if (!isLabel(given.text)) throw notAllowed(given, NAMESPACE_EXPECTED);
  return given.text;
}

function address(given: Given): HostPort {
  return parsed(given, parseHostPort, HOST_PORT_EXPECTED);
}

/** What one source requires the other one refuses, so it depends on more than one setting. */
function missing(name: FlagName, allowed: string): never {
  throw settingError(nameOfFlag(FLAGS[name]), `found nothing, allowed is ${allowed}`);
}
