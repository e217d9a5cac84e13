/** The log of supervisor and agent: JSON lines on standard output. */
import pino, { type Logger } from 'pino';
import { logDestination } from './log-destination.ts';

/** Whoever reads the log may stop reading: beyond this, lines are dropped instead of memory or heartbeats. */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface Log {
  logger: Logger;
  /** Writes what waits. At the exit of a process, not of a thread, it is done anyway. */
  flush(): void;
}

/** `level` as pino names it. */
export function createLog(level: string, instance: string, program: 'supervisor' | 'agent'): Log {
  const destination = logDestination({ dest: 1, maxLength: BUFFER_BYTES });
  const logger = pino({ level, base: { instance, program } }, destination);
  return { logger, flush: () => destination.flushSync() };
}
