/** Where a worker's log lines go: collected in memory, written each second, never waited for. */
import type { DestinationStream } from 'pino';
import { logDestination } from '../supervisor/log-destination.ts';

export interface LogOutput {
  stream: DestinationStream;
  /** Writes out what is collected, as far as somebody reads it. */
  close(): void;
}

const FLUSH_INTERVAL_MS = 1_000;
/** Workers and supervisor share one pipe, and it keeps no more than this (PIPE_BUF) together: lines stay whole. */
const WRITE_BYTES = 4_096;
/** Bytes that wait for a reader that has stopped reading; further lines are dropped, for traffic goes on. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** `destination`: a file descriptor or a path. */
export function createLogOutput(destination: number | string): LogOutput {
  const stream = logDestination({
    dest: destination,
    minLength: WRITE_BYTES - 1,
    maxWrite: WRITE_BYTES,
    maxLength: MAX_WAITING_BYTES,
  });
  const timer = setInterval(() => stream.flush(() => {}), FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    stream,
    close: () => {
      clearInterval(timer);
      try {
        stream.flushSync();
      } catch {
        // As above: nobody reads it any more.
      }
    },
  };
}
