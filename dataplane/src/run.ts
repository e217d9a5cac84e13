/** Runs an instance as a program: settings in, signals obeyed, exit code out. */
import { StartError } from './errors.ts';
import { readCommandLine } from './settings/command-line.ts';
import type { Settings } from './settings/settings.ts';
import { type Instance, type InstanceOptions, startInstance } from './supervisor/instance.ts';
import { createLog, type Log } from './supervisor/log.ts';

/** As a shell reports a program that SIGINT has ended. */
const INTERRUPTED = 130;

/**
 * `argv` without program and script. What can't start is one line on stderr and the exit code of its error.
 * SIGTERM and SIGINT drain and exit 0; a second SIGINT exits at once.
 */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  options: Omit<InstanceOptions, 'log'> = {},
): Promise<void> {
  try {
    const { settings, text } = readCommandLine(argv, environment);
    if (settings === undefined) process.stdout.write(text);
    else await runInstance(settings, options);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

async function runInstance(settings: Settings, options: Omit<InstanceOptions, 'log'>): Promise<void> {
  const log = createLog(settings.logLevel, settings.instance);
  const instance = await startInstance(settings, { ...options, log: log.logger });
  obeySignals(instance, log);
}

function obeySignals(instance: Instance, log: Log): void {
  let interrupted = false;
  const drain = async () => {
    await instance.drain();
    await log.flush();
    process.exit(0);
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', () => {
    if (interrupted) process.exit(INTERRUPTED);
    interrupted = true;
    void drain();
  });
}
