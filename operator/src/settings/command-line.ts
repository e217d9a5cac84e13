/** Reads the settings of the operator from its arguments and environment; pure, so nothing is opened or bound here. */
import { isIPv6 } from 'node:net';
import { Command, CommanderError, Option } from 'commander';
import { StartError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type Flag, type FlagName } from './flags.ts';
import type { Settings } from './settings.ts';
import * as values from './values.ts';
import { type Given, notAllowed } from './values.ts';

const CONTROL_PLANES_MOST = 16;
const NAMESPACES_MOST = 64;

/** What is asked for: an operator, or a text on stdout (`--help`, `--version`). */
export type CommandLine = { settings: Settings; text?: undefined } | { settings?: undefined; text: string };

type Environment = Readonly<Record<string, string | undefined>>;
type GivenFlags = Record<FlagName, Given[]>;

/**
 * `argv` without program and script. Flags beat the environment; an empty variable counts as not set.
 * Throws a StartError of one line for the first value that is not allowed.
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
    throw new StartError(
      'SETTING_NOT_ALLOWED',
      `command line: ${error.message.replace(/^error: /, '')}; allowed are the flags of --help`,
    );
  }
  return { settings: readSettings(collect(command, environment), environment) };
}

function buildCommand(): Command {
  const command = new Command('holdfast-operator')
    .description('Makes and keeps the objects of every DataPlane of a cluster.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this text')
    .showSuggestionAfterError(false)
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

/** Commander reads the arguments only: it would take any `HOLDFAST_INSECURE` for true, and a list for one value. */
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

function readSettings(given: GivenFlags, environment: Environment): Settings {
  const insecure = optional(given.insecure, values.truth) ?? false;
  return {
    namespace: values.namespaceName(required(given, 'namespace')[0]!),
    watchNamespaces: optional(given.watchNamespaces, namespaces) ?? [],
    platform: {
      image: values.image(required(given, 'image')[0]!),
      controlPlaneEndpoints: controlPlanes(required(given, 'controlPlane'), insecure),
      insecure,
      // Kubernetes tells every pod the address of the API server, in the first family of the cluster.
      podAddressFamily: isIPv6(environment.KUBERNETES_SERVICE_HOST ?? '') ? 'IPv6' : 'IPv4',
    },
    status: optional(given.status, values.address) ?? { host: '127.0.0.1', port: 7086 },
    logLevel: optional(given.logLevel, values.logLevel) ?? 'info',
  };
}

function optional<T>(given: readonly Given[], read: (given: Given) => T): T | undefined {
  return given[0] === undefined ? undefined : read(given[0]);
}

function required(given: GivenFlags, name: FlagName): readonly Given[] {
  if (given[name].length > 0) return given[name];
  const { flag, variable }: Flag = FLAGS[name];
  const source = flag.split(' ')[0]!;
  throw new StartError(
    'SETTING_NOT_ALLOWED',
    `${source}: not given, and ${variable} is not set; it is required`,
  );
}

function namespaces(given: Given): string[] {
  const names = new Set(given.text.split(',').map((text) => text.trim()));
  if (names.size > NAMESPACES_MOST) throw notAllowed(given, `at most ${NAMESPACES_MOST} namespaces`);
  return [...names].map((text) => values.namespaceName({ ...given, text }));
}

function controlPlanes(given: readonly Given[], insecure: boolean): string[] {
  if (given.length > CONTROL_PLANES_MOST) {
    throw notAllowed(given[CONTROL_PLANES_MOST]!, `at most ${CONTROL_PLANES_MOST} control planes`);
  }
  return [...new Set(given.map((one) => values.controlPlaneUrl(one, insecure)))];
}
