/** Reads a program's arguments and environment by its table of flags; pure, so nothing is opened or bound here. */
import { Command, CommanderError, Option } from 'commander';
import { settingError } from '../errors.ts';
import { type Flag, type Flags, nameOfFlag } from './flag.ts';
import type { Given } from './given.ts';
import { GivenSettings } from './given-settings.ts';

export interface CommandLineOptions<Name extends string> {
  name: string;
  description: string;
  version: string;
  flags: Flags<Name>;
}

/** What is asked for: to run with settings, or a text on stdout (`--help`, `--version`). */
export type Asked<Settings> =
  | { settings: Settings; text?: undefined }
  | { settings?: undefined; text: string };

export type Environment = Readonly<Record<string, string | undefined>>;

export class CommandLine<Name extends string> {
  readonly #options: CommandLineOptions<Name>;

  constructor(options: CommandLineOptions<Name>) {
    this.#options = options;
  }

  /**
   * `argv` without program and script. Flags beat the environment; an empty variable counts as not set.
   * Throws a StartError of one line for what is not a flag, and whatever `settingsOf` throws.
   */
  read<Settings>(
    argv: readonly string[],
    environment: Environment,
    settingsOf: (given: GivenSettings<Name>) => Settings,
  ): Asked<Settings> {
    const command = this.#command();
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part), writeErr: () => {} });
    try {
      command.parse(argv, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return { text };
      throw settingError(
        'command line',
        `${error.message.replace(/^error: /, '')}; allowed are the flags of --help`,
      );
    }
    return { settings: settingsOf(this.#given(command, environment)) };
  }

  #command(): Command {
    const { name, description, version, flags } = this.#options;
    const command = new Command(name)
      .description(description)
      .version(version, '--version', 'print the version')
      .helpOption('--help', 'print this text')
      .allowExcessArguments(false)
      .exitOverride();
    for (const flag of Object.values<Flag>(flags)) command.addOption(optionOf(flag));
    return command;
  }

  /**
   * Commander would read the process's own environment, take any `HOLDFAST_INSECURE` for true and a list for one value;
   * so it reads the arguments only, and the environment is read here.
   */
  #given(command: Command, environment: Environment): GivenSettings<Name> {
    const { flags } = this.#options;
    const names = Object.keys(flags) as Name[];
    const entries = names.map((name) => [name, givenOf(command, environment, name, flags[name])] as const);
    return new GivenSettings(flags, new Map(entries));
  }
}

function optionOf(flag: Flag): Option {
  const shownDefault = flag.default === undefined ? '' : ` (default: ${flag.default})`;
  const option = new Option(flag.flag, `${flag.description}${shownDefault}`).env(flag.variable);
  // Without this, commander keeps only the last of several.
  return flag.repeatable
    ? option.argParser((text, earlier?: string[]) => [...(earlier ?? []), text])
    : option;
}

function givenOf(command: Command, environment: Environment, name: string, flag: Flag): Given[] {
  if (command.getOptionValueSource(name) === 'cli') {
    const source = nameOfFlag(flag);
    return [command.getOptionValue(name)].flat().map((value) => ({ source, text: String(value) }));
  }
  const variable = environment[flag.variable] ?? '';
  if (variable === '') return [];
  const texts = flag.repeatable ? variable.split(',').map((text) => text.trim()) : [variable];
  return texts.map((text) => ({ source: flag.variable, text }));
}
