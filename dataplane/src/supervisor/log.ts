/** The log of the supervisor: JSON lines on standard output, written without ever holding up the process. */
import pino, { type Logger } from 'pino';
import type { LogLevel } from '../settings/settings.ts';

/** Whoever reads the log may stop reading: beyond this, lines are dropped instead of memory or heartbeats. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const FLUSH_MS = 500;

export interface Log {
  logger: Logger;
  /** Resolves when the lines are written, or after 500 ms. */
  flush(): Promise<void>;
}

export function createLog(level: LogLevel, instance: string): Log {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: BUFFER_BYTES });
  const logger = pino({ level, base: { instance, program: 'supervisor' } }, destination);
  return {
    logger,
    flush: () =>
      new Promise((resolve) => {
        setTimeout(resolve, FLUSH_MS).unref();
        logger.flush(() => resolve());
      }),
  };
}
