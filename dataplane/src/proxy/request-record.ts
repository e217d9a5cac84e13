/** What is known of one request for counters and access log; written exactly once, when the request has ended. */
import type { AccessEntry, AccessLog } from './access-log.ts';
import { type ClientErrorCode, clientError } from './client-errors.ts';
import type { TrafficCounters } from './traffic-counters.ts';

export interface RecordKeepers {
  counters: TrafficCounters;
  accessLog: AccessLog;
}

/** What is known when a request comes. */
export interface RecordedRequest {
  requestId: string;
  clientAddress: string;
  listener: string;
  method: string;
  /** Without the query. */
  path: string;
}

export class RequestRecord {
  readonly entry: AccessEntry;
  readonly startedAt: number;
  readonly #keepers: RecordKeepers;
  #counted = false;
  #finished = false;

  /** `now`: of `performance.now()`. */
  constructor(keepers: RecordKeepers, request: RecordedRequest, now = performance.now()) {
    this.#keepers = keepers;
    this.startedAt = now;
    keepers.counters.requestsInFlight++;
    keepers.counters.arrivals++;
    this.entry = {
      requestId: request.requestId,
      clientAddress: request.clientAddress,
      listener: request.listener,
      method: request.method,
      path: request.path,
      status: 0,
      reason: '',
      route: '',
      backend: '',
      target: '',
      durationMs: 0,
      bytesOut: 0,
    };
  }

  /** The gateway answered itself, or broke off. The first reason stays. */
  because(code: ClientErrorCode): void {
    if (this.entry.reason === '') this.entry.reason = code;
    if (this.entry.status === 0) this.entry.status = clientError(code).status;
  }

  /** It is a request no more: it has ended, or became an upgraded connection. */
  count(now = performance.now()): void {
    if (this.#counted) return;
    this.#counted = true;
    const { counters } = this.#keepers;
    const { route, backend, status, reason } = this.entry;
    counters.requestsInFlight--;
    counters.finished(route, backend, status, (now - this.startedAt) / 1000);
    if (route === '' && reason !== '') counters.rejected(reason as ClientErrorCode);
  }

  finish(bytesOut: number, now = performance.now()): void {
    if (this.#finished) return;
    this.#finished = true;
    this.count(now);
    this.entry.durationMs = Math.round((now - this.startedAt) * 1000) / 1000;
    this.entry.bytesOut = bytesOut;
    this.#keepers.accessLog.write(this.entry);
  }
}

/** An IPv4 client of a listener on `::` as IPv4. */
export function peerAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
