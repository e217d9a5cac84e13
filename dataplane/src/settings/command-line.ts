/** Reads the settings of an instance from its arguments and environment; pure, so nothing is opened or bound here. */
import { availableParallelism, hostname } from 'node:os';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import { Command, CommanderError, Option } from 'commander';
import { SettingsError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type Flag, type FlagName } from './flags.ts';
import type { ListenerSetting, Settings } from './settings.ts';
import * as values from './values.ts';
import { type Given, notAllowed } from './values.ts';

const CONTROL_PLANES_MOST = 16;
const LISTENERS_MOST = 64;
const WORKERS_MOST = 64;

/** What is asked for: an instance, or a text on stdout (`--help`, `--version`). */
export type CommandLine = { settings: Settings; text?: undefined } | { settings?: undefined; text: string };

type Environment = Readonly<Record<string, string | undefined>>;
type GivenFlags = Record<FlagName, Given[]>;

/**
 * `argv` without program and script. Flags beat the environment; an empty variable counts as not set.
 * Throws a SettingsError of one line for the first value that is not allowed.
 */
export function readCommandLine(argv: readonly string[], environment: Environment): CommandLine {
  const command = buildCommand();
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), writeErr: () => {} });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text };
    throw new SettingsError('command line', error.message.replace(/^error: /, ''));
  }
  return { settings: readSettings(collect(command, environment)) };
}

function buildCommand(): Command {
  const command = new Command('holdfast-dataplane')
    .description('Runs one instance of a Holdfast data plane.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this text')
    .allowExcessArguments(false)
    .exitOverride();
  for (const flag of Object.values<Flag>(FLAGS)) command.addOption(buildOption(flag));
  return command;
}

function buildOption(flag: Flag): Option {
  const shownDefault = flag.default === undefined ? '' : ` (default: ${flag.default})`;
  const option = new Option(flag.flag, `${flag.description}${shownDefault}`).env(flag.variable);
  // Without this, commander keeps only the last of several.
  return flag.repeatable
    ? option.argParser((text, earlier?: string[]) => [...(earlier ?? []), text])
    : option;
}

/**
 * Where each value came from. Commander would read the process's own environment, take any `HOLDFAST_INSECURE`
 * for true and a list for one value; so it reads the arguments only, and the environment is read here.
 */
function collect(command: Command, environment: Environment): GivenFlags {
  const names = Object.keys(FLAGS) as FlagName[];
  const entries = names.map((name) => [name, givenOf(command, environment, name)] as const);
  return Object.fromEntries(entries) as GivenFlags;
}

function givenOf(command: Command, environment: Environment, name: FlagName): Given[] {
  const flag: Flag = FLAGS[name];
  if (command.getOptionValueSource(name) === 'cli') {
    const source = flag.flag.split(' ')[0]!;
    return [command.getOptionValue(name)].flat().map((value) => ({ source, text: String(value) }));
  }
  const variable = environment[flag.variable] ?? '';
  if (variable === '') return [];
  const texts = flag.repeatable ? variable.split(',').map((text) => text.trim()) : [variable];
  return texts.map((text) => ({ source: flag.variable, text }));
}

function readSettings(given: GivenFlags): Settings {
  const insecure = optional(given.insecure, values.truth) ?? false;
  const settings: Settings = {
    instance: values.instanceName(
      given.instance[0] ?? { source: '--instance (the name of the host)', text: hostname() },
    ),
    dataPlane: values.dataPlaneName(required(given.dataPlane, 'dataPlane')[0]!),
    controlPlanes: controlPlanes(required(given.controlPlane, 'controlPlane'), insecure),
    ...addresses(given),
    workers:
      optional(given.workers, (one) => values.wholeNumber(one, 1, WORKERS_MOST)) ??
      Math.min(WORKERS_MOST, Math.max(2, availableParallelism())),
    insecure,
    drainDelayMs: optional(given.drainDelay, (one) => values.duration(one, '10m')) ?? 10_000,
    drainTimeoutMs: optional(given.drainTimeout, (one) => values.duration(one, '24h')) ?? 60_000,
    logLevel: optional(given.logLevel, values.logLevel) ?? 'info',
  };
  const cacheDirectory = optional(given.cacheDir, values.path);
  const tokenFile = optional(given.tokenFile, values.path);
  if (cacheDirectory !== undefined) settings.cacheDirectory = cacheDirectory;
  if (tokenFile !== undefined) settings.tokenFile = tokenFile;
  return settings;
}

function optional<T>(given: readonly Given[], read: (given: Given) => T): T | undefined {
  return given[0] === undefined ? undefined : read(given[0]);
}

function required(given: readonly Given[], name: FlagName): readonly Given[] {
  const flag: Flag = FLAGS[name];
  if (given.length > 0) return given;
  throw new SettingsError(
    flag.flag.split(' ')[0]!,
    `not given, and ${flag.variable} is not set; it is required`,
  );
}

function controlPlanes(given: readonly Given[], insecure: boolean): string[] {
  if (given.length > CONTROL_PLANES_MOST) throw tooMany(given, CONTROL_PLANES_MOST);
  return [...new Set(given.map((one) => values.controlPlaneUrl(one, insecure)))];
}

function listeners(given: readonly Given[]): ListenerSetting[] {
  if (given.length === 0) return [{ name: 'http', host: '127.0.0.1', port: 8080 }];
  if (given.length > LISTENERS_MOST) throw tooMany(given, LISTENERS_MOST);
  const names = new Set<string>();
  const addresses = new Set<string>();
  return given.map((one) => {
    const read = values.listener(one);
    const address = formatHostPort(read);
    if (names.has(read.name)) throw notAllowed(one, `each name once, and ${read.name} stands twice`);
    if (read.port !== 0 && addresses.has(address))
      throw notAllowed(one, `each address once, and ${address} stands twice`);
    names.add(read.name);
    addresses.add(address);
    return read;
  });
}

/** The status port belongs to the status API alone: a listener bound to it too would never hear a client. */
function addresses(given: GivenFlags): Pick<Settings, 'listeners' | 'status'> {
  const status = optional(given.status, values.address) ?? { host: '127.0.0.1', port: 7085 };
  const read = listeners(given.listen);
  const index = read.findIndex(
    ({ host, port }) => port !== 0 && host === status.host && port === status.port,
  );
  if (index < 0) return { listeners: read, status };
  throw notAllowed(given.listen[index] ?? given.status[0]!, `an address that the status API does not have`);
}

function tooMany(given: readonly Given[], most: number): SettingsError {
  return new SettingsError(given[0]!.source, `found ${given.length} values, allowed are at most ${most}`);
}
