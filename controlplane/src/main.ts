/** The control plane program: reads settings, starts the parts, and ends them on a signal. */
import { EndSignals } from '@holdfast/program/end-signals.ts';
import { StartError } from '@holdfast/program/errors.ts';
import { pino } from 'pino';
import { startControlPlane } from './control-plane.ts';
import { ControlPlaneError } from './errors.ts';
import { readCommandLine } from './settings/command-line.ts';
import type { ControlPlaneSettings } from './settings/settings.ts';

const EXIT_FAILED = 1;
const EXIT_SETTINGS = 2;
/** An end that hangs is cut off, milliseconds: exit 0 either way, since instances serve without a control plane. */
const CLOSE_MS = 8_000;

const signals = new EndSignals();
try {
  const { settings, text } = readCommandLine(process.argv.slice(2), process.env);
  if (settings === undefined) process.stdout.write(text);
  else await runControlPlane(settings);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}

async function runControlPlane(settings: ControlPlaneSettings): Promise<void> {
  const log = pino({ level: settings.logLevel, base: { program: 'controlplane' } });
  const starting = startControlPlane(settings, { log });
  signals.endWith(async (signal) => {
    log.info({ signal }, 'ending');
    const controlPlane = await starting;
    await controlPlane.close();
  }, CLOSE_MS);
  try {
    await starting;
  } catch (error) {
    if (!(error instanceof ControlPlaneError)) throw error;
    log.fatal({ code: error.code }, error.message);
    process.stderr.write(`${error.message}\n`);
    process.exit(error.code === 'TOKEN_FILE_INVALID' ? EXIT_SETTINGS : EXIT_FAILED);
  }
}
