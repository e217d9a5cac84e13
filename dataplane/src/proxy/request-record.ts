/** What is known of one request for counters and access log; written exactly once, when the request has ended. */
import type { AccessEntry, AccessLog } from './access-log.ts';
import { type ClientErrorCode, clientError } from './client-errors.ts';
import { requestIdFrom } from './request-id.ts';
import type { TrafficCounters } from './traffic-counters.ts';

export interface RecordKeepers {
  counters: TrafficCounters;
  accessLog: AccessLog;
}

/** The part of an IncomingMessage that is recorded. */
export interface RecordedRequest {
  method?: string | undefined;
  url?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  socket: { remoteAddress?: string | undefined };
}

export class RequestRecord {
  readonly entry: AccessEntry;
  readonly #startedAt = performance.now();
  readonly #keepers: RecordKeepers;
  #counted = false;
  #finished = false;

  constructor(keepers: RecordKeepers, request: RecordedRequest, listener: string) {
    this.#keepers = keepers;
    keepers.counters.requestsInFlight++;
    keepers.counters.arrivals++;
    this.entry = {
      requestId: requestIdFrom(request.headers['x-request-id']),
      clientAddress: peerAddress(request.socket.remoteAddress),
      listener,
      method: request.method ?? '',
      path: pathOf(request.url ?? ''),
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
  count(): void {
    if (this.#counted) return;
    this.#counted = true;
    const { counters } = this.#keepers;
    const { route, backend, status, reason } = this.entry;
    counters.requestsInFlight--;
    counters.finished(route, backend, status, this.#milliseconds / 1000);
    if (route === '' && reason !== '') counters.rejected(reason as ClientErrorCode);
  }

  finish(bytesOut: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.count();
    this.entry.durationMs = Math.round(this.#milliseconds * 1000) / 1000;
    this.entry.bytesOut = bytesOut;
    this.#keepers.accessLog.write(this.entry);
  }

  get #milliseconds(): number {
    return performance.now() - this.#startedAt;
  }
}

/** An IPv4 client of a listener on `::` as IPv4. */
function peerAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Of an absolute-form target, too, what stands before the query; a query may hold secrets, and so may userinfo. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}
