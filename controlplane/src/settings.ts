/** Reads the control plane's settings from the command line and the environment. */
import {
  HOST_PORT_EXPECTED,
  type HostPort,
  isLoopback,
  parseHostPort,
} from '@holdfast/protocol/values/address.ts';
import { isLabel } from '@holdfast/protocol/values/name.ts';
import { Command, CommanderError, Option } from 'commander';
import { ControlPlaneError } from './errors.ts';
import { VERSION } from './version.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface CommonSettings {
  /** Where instances connect. Beyond loopback only with tokens and --insecure (I7). */
  listen: HostPort;
  api: HostPort;
  logLevel: LogLevel;
}

export interface FileSettings extends CommonSettings {
  /** A file that ends in .yaml, .yml or .json, for every DataPlane; or a directory with NAMESPACE/NAME.yaml. */
  source: { kind: 'file'; path: string };
  stateDirectory: string;
  tokenFile?: string;
}

export interface KubernetesSettings extends CommonSettings {
  source: { kind: 'kubernetes' };
  /** Its own, where the Lease stands. */
  namespace: string;
  /** Empty: all. */
  watchNamespaces: string[];
}

export type ControlPlaneSettings = FileSettings | KubernetesSettings;

export function isKubernetes(settings: ControlPlaneSettings): settings is KubernetesSettings {
  return settings.source.kind === 'kubernetes';
}

interface RawSettings {
  source?: string;
  listen: string;
  api: string;
  stateDir?: string;
  tokenFile?: string;
  namespace?: string;
  watchNamespaces?: string;
  insecure?: boolean | string;
  logLevel: string;
}

/** The flags with their variables; the reference documentation lists them from here. */
export function settingsCommand(): Command {
  return new Command('controlplane')
    .description('Holdfast control plane: publishes gateway configuration to the instances of data planes.')
    .version(VERSION)
    .addOption(
      flag(
        '--source <source>',
        'file:PATH (a file for every DataPlane, or a directory with NAMESPACE/NAME.yaml) or kubernetes',
      ),
    )
    .addOption(flag('--listen <host:port>', 'where instances connect').default('127.0.0.1:7943'))
    .addOption(flag('--api <host:port>', 'read-only API, metrics and status').default('127.0.0.1:7080'))
    .addOption(flag('--state-dir <directory>', 'where published revisions are kept (required with file:)'))
    .addOption(
      flag('--token-file <file>', 'with file: lines of NAMESPACE/NAME TOKEN; required beyond loopback'),
    )
    .addOption(
      flag('--namespace <namespace>', 'its own namespace, where its Lease stands (required with kubernetes)'),
    )
    .addOption(
      flag(
        '--watch-namespaces <namespaces>',
        'with kubernetes: a comma-separated list of namespaces; all by default',
      ),
    )
    .addOption(flag('--insecure [boolean]', 'allow the stream beyond loopback without TLS'))
    .addOption(flag('--log-level <level>', `one of ${LOG_LEVELS.join(', ')}`).default('info'))
    .showSuggestionAfterError(false)
    .allowExcessArguments(false);
}

/**
 * Throws ControlPlaneError SETTING_INVALID with one line that names the setting, what was found and what is allowed;
 * CommanderError with exit code 0 after --help and --version, which have written to stdout.
 */
export function readSettings(args: readonly string[]): ControlPlaneSettings {
  const command = settingsCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    throw invalid(
      `${error.message.replace(/^error: /, '').replaceAll(/\s+/g, ' ')}; allowed are the flags of --help`,
    );
  }
  return checkSettings(command.opts<RawSettings>(), (name) => nameOf(command, name));
}

type NameOf = (name: keyof RawSettings) => string;

function checkSettings(raw: RawSettings, nameOf: NameOf): ControlPlaneSettings {
  const insecure = readBoolean(raw.insecure, nameOf('insecure'));
  const settings = raw.source === 'kubernetes' ? kubernetesSettings(raw, nameOf) : fileSettings(raw, nameOf);
  checkTrust(settings, insecure, nameOf);
  return settings;
}

function fileSettings(raw: RawSettings, nameOf: NameOf): FileSettings {
  const settings: FileSettings = {
    source: { kind: 'file', path: readSource(raw.source, nameOf('source')) },
    ...commonSettings(raw, nameOf),
    stateDirectory: readPath(
      raw.stateDir,
      nameOf('stateDir'),
      'a directory, for the revisions of the file source',
    ),
  };
  if (raw.tokenFile !== undefined)
    settings.tokenFile = readPath(raw.tokenFile, nameOf('tokenFile'), 'a file');
  refuseGiven(raw, ['namespace', 'watchNamespaces'], '--source kubernetes', nameOf);
  return settings;
}

function kubernetesSettings(raw: RawSettings, nameOf: NameOf): KubernetesSettings {
  refuseGiven(raw, ['stateDir', 'tokenFile'], '--source file:PATH', nameOf);
  return {
    source: { kind: 'kubernetes' },
    ...commonSettings(raw, nameOf),
    namespace: readNamespace(raw.namespace, nameOf('namespace')),
    watchNamespaces: (raw.watchNamespaces ?? '')
      .split(',')
      .filter((name) => name !== '')
      .map((name) => readNamespace(name, nameOf('watchNamespaces'))),
  };
}

function commonSettings(raw: RawSettings, nameOf: NameOf): CommonSettings {
  return {
    listen: readAddress(raw.listen, nameOf('listen')),
    api: readAddress(raw.api, nameOf('api')),
    logLevel: readLogLevel(raw.logLevel, nameOf('logLevel')),
  };
}

/** A setting that would have no effect is a mistake of whom gave it. */
function refuseGiven(raw: RawSettings, names: (keyof RawSettings)[], only: string, nameOf: NameOf): void {
  for (const name of names) {
    const found = raw[name];
    if (found !== undefined) throw notAllowed(nameOf(name), String(found), `it with ${only} only`);
  }
}

/** Configuration goes to authenticated instances only, and tokens over plain TCP only where a person said so (I7). */
function checkTrust(settings: ControlPlaneSettings, insecure: boolean, nameOf: NameOf): void {
  const { listen } = settings;
  if (isLoopback(listen.host)) return;
  const found = `${JSON.stringify(listen.host)}, which is not loopback`;
  if (!isKubernetes(settings) && settings.tokenFile === undefined)
    throw notAllowed(nameOf('listen'), found, 'a loopback address, or --token-file as well');
  if (!insecure)
    throw notAllowed(nameOf('listen'), `${found}, without TLS`, 'a loopback address, or --insecure as well');
}

function readSource(text: string | undefined, name: string): string {
  const path = text?.startsWith('file:') ? text.slice('file:'.length) : '';
  if (path === '' || path.includes('\0')) throw notAllowed(name, text, 'file:PATH or kubernetes');
  return path;
}

function readNamespace(text: string | undefined, name: string): string {
  if (text === undefined || !isLabel(text)) throw notAllowed(name, text, 'the name of a namespace');
  return text;
}

function readAddress(text: string, name: string): HostPort {
  const address = parseHostPort(text);
  if (address === undefined) throw notAllowed(name, text, HOST_PORT_EXPECTED);
  return address;
}

function readPath(text: string | undefined, name: string, expected: string): string {
  if (text === undefined || text === '' || text.includes('\0')) throw notAllowed(name, text, expected);
  return text;
}

function readLogLevel(text: string, name: string): LogLevel {
  const level = LOG_LEVELS.find((level) => level === text);
  if (level === undefined) throw notAllowed(name, text, LOG_LEVELS.join(', '));
  return level;
}

/** A flag alone is `true`; a variable or `--insecure=...` says `true` or `false`. */
function readBoolean(value: boolean | string | undefined, name: string): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw notAllowed(name, String(value), 'true or false');
}

function flag(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.env(`HOLDFAST_${option.name().replaceAll('-', '_').toUpperCase()}`);
}

/** As its user gave it: the flag, or the variable. */
function nameOf(command: Command, attribute: keyof RawSettings): string {
  const option = command.options.find((option) => option.attributeName() === attribute)!;
  return command.getOptionValueSource(attribute) === 'env' ? option.envVar! : option.long!;
}

function notAllowed(name: string, found: string | undefined, allowed: string): ControlPlaneError {
  return invalid(
    `${name}: found ${found === undefined ? 'nothing' : JSON.stringify(found)}, allowed is ${allowed}`,
  );
}

function invalid(detail: string): ControlPlaneError {
  return new ControlPlaneError('SETTING_INVALID', detail);
}
