/** The access log: one JSON line a request. */
import pino, { type DestinationStream } from 'pino';

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
}

export function createAccessLog(output: DestinationStream): AccessLog {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
  return { write: (entry) => logger.info(entry, 'request') };
}
