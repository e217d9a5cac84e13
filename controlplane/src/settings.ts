/** Reads the control plane's settings from the command line and the environment. */
import {
  HOST_PORT_EXPECTED,
  type HostPort,
  isLoopback,
  parseHostPort,
} from '@holdfast/protocol/values/address.ts';
import { Command, CommanderError, Option } from 'commander';
import { ControlPlaneError } from './errors.ts';
import { VERSION } from './version.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ControlPlaneSettings {
  /** A file that ends in .yaml, .yml or .json, for every DataPlane; or a directory with NAMESPACE/NAME.yaml. */
  source: { kind: 'file'; path: string };
  /** Where instances connect. Beyond loopback only with a token file and --insecure (I7). */
  listen: HostPort;
  api: HostPort;
  stateDirectory: string;
  tokenFile?: string;
  logLevel: LogLevel;
}

interface RawSettings {
  source?: string;
  listen: string;
  api: string;
  stateDir?: string;
  tokenFile?: string;
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
    .addOption(flag('--token-file <file>', 'lines of NAMESPACE/NAME TOKEN; required beyond loopback'))
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
  const settings: ControlPlaneSettings = {
    source: readSource(raw.source, nameOf('source')),
    listen: readAddress(raw.listen, nameOf('listen')),
    api: readAddress(raw.api, nameOf('api')),
    stateDirectory: readPath(
      raw.stateDir,
      nameOf('stateDir'),
      'a directory, for the revisions of the file source',
    ),
    logLevel: readLogLevel(raw.logLevel, nameOf('logLevel')),
  };
  if (raw.tokenFile !== undefined)
    settings.tokenFile = readPath(raw.tokenFile, nameOf('tokenFile'), 'a file');
  checkTrust(settings, readBoolean(raw.insecure, nameOf('insecure')), nameOf);
  return settings;
}

/** Configuration goes to authenticated instances only, and tokens over plain TCP only where a person said so (I7). */
function checkTrust({ listen, tokenFile }: ControlPlaneSettings, insecure: boolean, nameOf: NameOf): void {
  if (isLoopback(listen.host)) return;
  const found = `${JSON.stringify(listen.host)}, which is not loopback`;
  if (tokenFile === undefined)
    throw notAllowed(nameOf('listen'), found, 'a loopback address, or --token-file as well');
  if (!insecure)
    throw notAllowed(nameOf('listen'), `${found}, without TLS`, 'a loopback address, or --insecure as well');
}

function readSource(text: string | undefined, name: string): ControlPlaneSettings['source'] {
  if (text === 'kubernetes')
    throw notAllowed(name, text, 'file:PATH; kubernetes is not available yet in this version');
  const path = text?.startsWith('file:') ? text.slice('file:'.length) : '';
  if (path === '' || path.includes('\0')) throw notAllowed(name, text, 'file:PATH or kubernetes');
  return { kind: 'file', path };
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
