/** The control plane program: reads settings, starts the parts, and ends them on a signal. */
import { CommanderError } from 'commander';
import { pino } from 'pino';
import { startControlPlane } from './control-plane.ts';
import { ControlPlaneError } from './errors.ts';
import { type ControlPlaneSettings, readSettings } from './settings.ts';

const EXIT_FAILED = 1;
const EXIT_SETTINGS = 2;
/** An end that hangs is cut off: exit 0 either way, since instances serve without a control plane. */
const CLOSE_TIMEOUT_MS = 8_000;

const settings = settingsOrExit();
const log = pino({ level: settings.logLevel, base: { program: 'controlplane' } });
const starting = startControlPlane(settings, { log });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal));
try {
  await starting;
} catch (error) {
  if (!(error instanceof ControlPlaneError)) throw error;
  log.fatal({ code: error.code }, error.message);
  process.stderr.write(`${error.message}\n`);
  process.exit(error.code === 'TOKEN_FILE_INVALID' ? EXIT_SETTINGS : EXIT_FAILED);
}

function settingsOrExit(): ControlPlaneSettings {
  try {
    return readSettings(process.argv.slice(2));
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode);
    if (!(error instanceof ControlPlaneError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_SETTINGS);
  }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  log.info({ signal }, 'ending');
  setTimeout(() => process.exit(0), CLOSE_TIMEOUT_MS).unref();
  const controlPlane = await starting;
  await controlPlane.close();
  process.exit(0);
}
