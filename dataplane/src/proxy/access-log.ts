/** The access log: one JSON line a request. */
import type { DestinationStream } from 'pino';

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

/** A line as pino would write it; written by hand, it costs a fifth. */
export function createAccessLog(output: DestinationStream): AccessLog {
  const time = new LogTime();
  return { write: (entry) => output.write(accessLine(entry, time.at(Date.now()))) };
}

/** `time`: ISO 8601. What a client or a configuration has named is escaped; the rest can't need it. */
export function accessLine(entry: AccessEntry, time: string): string {
  return (
    `{"level":30,"time":"${time}","requestId":"${entry.requestId}","clientAddress":"${entry.clientAddress}",` +
    `"listener":${quoted(entry.listener)},"method":${quoted(entry.method)},"path":${quoted(entry.path)},` +
    `"status":${entry.status},"reason":"${entry.reason}","route":${quoted(entry.route)},` +
    `"backend":${quoted(entry.backend)},"target":"${entry.target}","durationMs":${entry.durationMs},` +
    `"bytesOut":${entry.bytesOut},"msg":"request"}\n`
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped.
const TO_ESCAPE = /["\\\u0000-\u001f\u007f-\uffff]/;

function quoted(text: string): string {
  return TO_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The time of a line; many lines share a millisecond. */
class LogTime {
  #milliseconds = 0;
  #text = '';

  at(milliseconds: number): string {
    if (milliseconds !== this.#milliseconds) {
      this.#milliseconds = milliseconds;
      this.#text = new Date(milliseconds).toISOString();
    }
    return this.#text;
  }
}
