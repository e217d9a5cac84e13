/** Where a worker's log lines go: collected in memory, written each second, never waited for. */
import { fstatSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { logDestination } from '../supervisor/log-destination.ts';

export interface LogOutput {
  stream: DestinationStream;
  /** For lines of ASCII alone, whose length need not be measured. */
  asciiStream: DestinationStream;
  /** Writes out what is collected, as far as somebody reads it. */
  close(): void;
}

const FLUSH_INTERVAL_MS = 1_000;
/** Workers and supervisor share one pipe, and it keeps no more than this (PIPE_BUF) together: lines stay whole. */
const PIPE_WRITE_BYTES = 4_096;
/** A file keeps every write together, and each costs as much as several requests. */
const FILE_WRITE_BYTES = 16 * 1024;
/** Bytes that wait for a reader that has stopped reading; further lines are dropped, for traffic goes on. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** `destination`: a file descriptor or a path. */
export function createLogOutput(destination: number | string): LogOutput {
  const isFile = typeof destination === 'string' || fstatSync(destination).isFile();
  const batch = new LineBatch(destination, isFile ? FILE_WRITE_BYTES : PIPE_WRITE_BYTES);
  const timer = setInterval(() => batch.flush(), FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    stream: { write: (line) => batch.add(line, Buffer.byteLength(line)) },
    asciiStream: { write: (line) => batch.add(line, line.length) },
    close: () => {
      clearInterval(timer);
      batch.close();
    },
  };
}

/** Lines on their way, as many as are written at once: handed over one by one, each would be measured with all before it. */
class LineBatch {
  readonly #destination: ReturnType<typeof logDestination>;
  readonly #writeBytes: number;
  #lines = '';
  #bytes = 0;

  constructor(destination: number | string, writeBytes: number) {
    this.#writeBytes = writeBytes;
    this.#destination = logDestination({
      dest: destination,
      maxWrite: writeBytes,
      maxLength: MAX_WAITING_BYTES,
    });
  }

  add(line: string, bytes: number): void {
    if (this.#bytes + bytes > this.#writeBytes) this.#handOver();
    this.#lines += line;
    this.#bytes += bytes;
  }

  flush(): void {
    this.#handOver();
    this.#destination.flush(() => {});
  }

  close(): void {
    this.#handOver();
    try {
      this.#destination.flushSync();
    } catch {
      // Nobody reads it any more.
    }
  }

  #handOver(): void {
    if (this.#bytes === 0) return;
    this.#destination.write(this.#lines);
    this.#lines = '';
    this.#bytes = 0;
  }
}
