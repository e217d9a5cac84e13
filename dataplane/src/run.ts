/** Runs an instance as a program: settings in, signals obeyed, exit code out. */
import { EndSignals } from '@holdfast/program/end-signals.ts';
import { StartError } from '@holdfast/program/errors.ts';
import type { Environment } from '@holdfast/program/settings/command-line.ts';
import { readCommandLine } from './settings/command-line.ts';
import type { Settings } from './settings/settings.ts';
import { type InstanceOptions, startInstance } from './supervisor/instance.ts';
import { createLog } from './supervisor/log.ts';

type ProgramOptions = Omit<InstanceOptions, 'log'>;

/**
 * `argv` without program and script. What can't start is one line on stderr and the exit code of its error.
 * SIGTERM and SIGINT drain and exit 0; a second SIGINT exits at once.
 */
export async function run(
  argv: readonly string[],
  environment: Environment,
  options: ProgramOptions = {},
  signals = new EndSignals(),
): Promise<void> {
  try {
    const { settings, text } = readCommandLine(argv, environment);
    if (settings === undefined) process.stdout.write(text);
    else await runInstance(settings, options, signals);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.exitCode = sayWhy(error);
  }
}

function sayWhy(error: StartError): number {
  process.stderr.write(`holdfast: ${error.message}\n`);
  return error.exitCode;
}

async function runInstance(settings: Settings, options: ProgramOptions, signals: EndSignals): Promise<void> {
  const { logger: log } = createLog(settings.logLevel, settings.instance, 'supervisor');
  const instance = await startInstance(settings, { ...options, log });
  signals.endWith(() => instance.drain());
  void instance.failed.then((error) => process.exit(sayWhy(error)));
}
