/** The access log: one JSON line a request, collected in memory and written each second. */
import pino from 'pino';

export interface AccessEntry {
  requestId: string;
  clientAddress: string;
  listener: string;
  method: string;
  /** Without the query, which may hold secrets. */
  path: string;
  status: number;
  /** Why the gateway answered itself or broke off; empty where the response is the backend's. */
  reason: string;
  route: string;
  backend: string;
  /** `address:port` of the endpoint tried last; empty where none was. */
  target: string;
  durationMs: number;
  /** Of the response body. */
  bytesOut: number;
}

export interface AccessLog {
  write(entry: AccessEntry): void;
  /** Writes out what is collected and ends its timer. */
  close(): void;
}

const FLUSH_INTERVAL_MS = 1_000;
/** Bytes after which lines are written before their second is over. */
const FLUSH_BYTES = 8 * 1024;
/** Bytes that wait for a reader that has stopped reading; further lines are dropped, for traffic goes on. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** `destination`: a file descriptor or a path. */
export function createAccessLog(destination: number | string): AccessLog {
  const stream = pino.destination({
    dest: destination,
    sync: false,
    minLength: FLUSH_BYTES,
    maxLength: MAX_WAITING_BYTES,
  });
  // A log that can't be written (its reader is gone) is no reason to stop serving.
  stream.on('error', () => {});
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: () => ({}) } },
    stream,
  );
  const timer = setInterval(() => stream.flush(), FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    write: (entry) => logger.info(entry, 'request'),
    close: () => {
      clearInterval(timer);
      stream.flushSync();
    },
  };
}
