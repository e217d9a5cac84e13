/** What every connection and request of an engine shares. */
import type { Logger } from 'pino';
import type { Gateway } from '../routing/gateway.ts';
import type { Target } from '../upstreams/backend.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { DateLine } from './date-line.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeList } from './exchange-list.ts';
import type { RequestReader } from './http1/request-reader.ts';
import type { ResponseReader } from './http1/response-reader.ts';
import type { EngineLimits } from './limits.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { RecordKeepers } from './request-record.ts';
import type { Tunnel } from './tunnel.ts';
import type { UpstreamPool } from './upstream-pool.ts';
import type { Via } from './via.ts';

/** What the proxy tells about endpoints; `TargetRegistry` remembers it for the next picks. */
export interface TargetObserver {
  /** Whether a connection may be opened, whose fate is told after true. */
  mayConnect(target: Target): boolean;
  connected(target: Target): void;
  connectFailed(target: Target): void;
  /** Nobody waits for the connection any more. */
  connectAbandoned(target: Target): void;
  /** A connection that stood has closed. */
  disconnected(target: Target): void;
  /** The head of a final response came. */
  responded(target: Target, status: number): void;
  /** It broke a try off, or did not answer as it must or in time. */
  failed(target: Target): void;
}

export interface EngineContext extends RecordKeepers {
  /** Read once a request (I9); undefined before the first commit. */
  gateway(): Gateway | undefined;
  targets: TargetObserver;
  log: Logger;
  limits: EngineLimits;
  via: Via;
  date: DateLine;
  pool: UpstreamPool;
  buffers: ReadBuffers;
  blocks: BufferPool;
  /** For heads that come in one piece, as most do. */
  requests: RequestReader;
  responses: ResponseReader;
  exchanges: ExchangeList<Exchange>;
  tunnels: Set<Tunnel>;
  /** From the beginning of the drain on. */
  draining: boolean;
}
