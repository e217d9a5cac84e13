/** Where a worker's log lines go: collected in memory, written each second, never waited for. */
import { fstatSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { logDestination } from '../supervisor/log-destination.ts';

export interface LogOutput {
  stream: DestinationStream;
  /** Writes out what is collected, as far as somebody reads it. */
  close(): void;
}

const FLUSH_INTERVAL_MS = 1_000;
/** Workers and supervisor share one pipe, and it keeps no more than this (PIPE_BUF) together: lines stay whole. */
const PIPE_WRITE_BYTES = 4_096;
/** A file keeps every write together, and each costs as much as several requests. */
const FILE_WRITE_BYTES = 64 * 1024;
/** Bytes that wait for a reader that has stopped reading; further lines are dropped, for traffic goes on. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** `destination`: a file descriptor or a path. */
export function createLogOutput(destination: number | string): LogOutput {
  const isFile = typeof destination === 'string' || fstatSync(destination).isFile();
  const writeBytes = isFile ? FILE_WRITE_BYTES : PIPE_WRITE_BYTES;
  const stream = logDestination({
    dest: destination,
    minLength: writeBytes - 1,
    maxWrite: writeBytes,
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
