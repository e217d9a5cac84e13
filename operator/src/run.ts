/** Runs the operator as a program: settings in, signals obeyed, exit code out. */
import { type Connection, connect } from '@holdfast/kube/client/connect.ts';
import { describeError } from '@holdfast/kube/errors.ts';
import type { EndSignals } from '@holdfast/program/end-signals.ts';
import { StartError } from '@holdfast/program/errors.ts';
import type { Environment } from '@holdfast/program/settings/command-line.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import { pino } from 'pino';
import { startError } from './errors.ts';
import { Operator } from './operator.ts';
import { readCommandLine } from './settings/command-line.ts';
import type { Settings } from './settings/settings.ts';
import { VERSION } from './version.ts';

/** An end that hangs is cut off, milliseconds: exit 0 either way, since instances serve without an operator (I6). */
const STOP_MS = 9_000;

/**
 * `argv` without program and script. What can't start is one line on stderr and the exit code of its error.
 * SIGTERM and SIGINT end what is at work, give the Lease back and exit 0; a second SIGINT exits at once.
 */
export async function run(
  argv: readonly string[],
  environment: Environment,
  signals: EndSignals,
): Promise<void> {
  try {
    const { settings, text } = readCommandLine(argv, environment);
    if (settings === undefined) process.stdout.write(text);
    else await runOperator(settings, signals);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exit(error.exitCode);
  }
}

async function runOperator(settings: Settings, signals: EndSignals): Promise<void> {
  const log = pino({ level: settings.logLevel, base: { program: 'operator' } });
  const operator = new Operator(settings, { connection: connection(), log });
  const status = formatHostPort(await operator.start());
  log.info({ status, version: VERSION }, 'started');
  signals.endWith(() => operator.stop(), STOP_MS);
}

function connection(): Connection {
  try {
    return connect({ userAgent: `holdfast-operator/${VERSION}` });
  } catch (error) {
    throw startError('CLUSTER_UNKNOWN', `kubeconfig: ${describeError(error)}`);
  }
}
