/** One try of a request on one endpoint. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type InformationEvent,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Target } from '../../upstreams/backend.ts';
import type { Fields } from '../fields.ts';
import type { EngineLimits } from '../limits.ts';
import type { UpstreamPool } from './upstream-pool.ts';

export interface AttemptMessage {
  method: string;
  /** With query. */
  path: string;
  fields: Fields;
  /** No body, and a method whose repetition does no harm. */
  repeatable: boolean;
  /** On a connection that nobody has used before. */
  fresh: boolean;
}

/** What the proxy tells about connecting; `TargetRegistry` remembers it for the next picks. */
export interface ConnectObserver {
  connectFailed(target: Target): void;
  connected(target: Target): void;
}

/**
 * `connect`: nothing was sent. `stale`: a kept connection turned out to be closed before any byte of a response.
 * `unanswered`: a new connection ended before any byte of a response. `reset`: it ended in the middle of the response's
 * head. `protocol`: what came is not HTTP.
 * `timeout`: no response head in time. `unsendable`: node:http refused the request.
 */
export type AttemptFailure =
  | 'connect'
  | 'stale'
  | 'unanswered'
  | 'reset'
  | 'protocol'
  | 'timeout'
  | 'unsendable';

export interface AttemptEvents {
  /** The connection stands: a body may be sent. */
  connected(): void;
  continued(): void;
  interim(information: InformationEvent): void;
  response(response: IncomingMessage): void;
  /** At most once, and not after `response`. */
  failed(failure: AttemptFailure): void;
}

export interface AttemptSurroundings {
  pool: UpstreamPool;
  targets: ConnectObserver;
  limits: EngineLimits;
  log: Logger;
}

export class UpstreamAttempt {
  readonly target: Target;
  readonly request: ClientRequest | undefined;
  readonly #surroundings: AttemptSurroundings;
  readonly #events: AttemptEvents;
  #connectTimer: NodeJS.Timeout | undefined;
  #headTimer: NodeJS.Timeout | undefined;
  #connected = false;
  /** What the connection had received before this request; more than that is part of a response. */
  #bytesBefore = 0;
  #response: IncomingMessage | undefined;
  /** Failed, aborted, or its response has begun: whatever the request still emits is of no interest. */
  #settled = false;
  #released = false;

  /** `headTimeoutMs` 0: none. */
  constructor(
    surroundings: AttemptSurroundings,
    target: Target,
    message: AttemptMessage,
    headTimeoutMs: number,
    events: AttemptEvents,
  ) {
    this.#surroundings = surroundings;
    this.target = target;
    this.#events = events;
    target.inFlight++;
    try {
      this.request = this.#open(message);
    } catch (error) {
      surroundings.log.error({ err: error }, 'a request failed in the gateway');
      queueMicrotask(() => {
        this.#fail('unsendable');
        this.#release();
      });
      return;
    }
    if (headTimeoutMs > 0) this.#headTimer = setTimeout(() => this.#fail('timeout'), headTimeoutMs);
  }

  /** A byte of the request's body went out: the time the client takes for it is not the backend's. */
  bodyProgress(): void {
    this.#headTimer?.refresh();
  }

  /** Ends the try and its connection, whatever state they are in. Nothing is told any more. */
  abort(): void {
    this.#settle();
    this.request?.destroy();
  }

  #open(message: AttemptMessage): ClientRequest {
    const { pool, limits } = this.#surroundings;
    const request = httpRequest({
      agent: message.fresh ? pool.unpooled : pool.agentFor(this.target, message.repeatable),
      host: this.target.address,
      port: this.target.port,
      method: message.method,
      path: message.path,
      headers: message.fields,
      maxHeaderSize: limits.maxHeadBytes,
    });
    // Bounded by maxHeaderSize. With a count node:http would drop the fields above it without a word.
    request.maxHeadersCount = 0;
    request.once('socket', (socket) => this.#watchConnect(socket));
    request.on('continue', () => this.#settled || this.#events.continued());
    request.on('information', (information) => this.#settled || this.#events.interim(information));
    request.once('response', (response) => this.#respond(response));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Where a response goes to the end of its connection, node:http takes a reset for that end.
      if (this.#response?.complete === false) this.#response.destroy(error);
      this.#fail(this.#classify(error));
    });
    // Without a listener node:http drops the connection and says nothing, and the client would wait for ever.
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      this.#fail('protocol');
    });
    request.once('close', () => {
      this.#fail('reset');
      this.#release();
    });
    return request;
  }

  #watchConnect(socket: Socket): void {
    if (this.#settled) return;
    if (!socket.connecting) {
      this.#connected = true;
      this.#bytesBefore = socket.bytesRead;
      this.#events.connected();
      return;
    }
    this.#connectTimer = setTimeout(() => this.#fail('connect'), this.#surroundings.limits.connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(this.#connectTimer);
      this.#connected = true;
      this.#surroundings.targets.connected(this.target);
      if (!this.#settled) this.#events.connected();
    });
  }

  #respond(response: IncomingMessage): void {
    if (this.#settled) return;
    this.#settle();
    this.#response = response;
    this.#events.response(response);
  }

  #classify(error: NodeJS.ErrnoException): AttemptFailure {
    if (!this.#connected) return 'connect';
    if (error.code?.startsWith('HPE_') === true) return 'protocol';
    const { request } = this;
    if (request?.socket?.bytesRead !== this.#bytesBefore) return 'reset';
    return request.reusedSocket ? 'stale' : 'unanswered';
  }

  #fail(failure: AttemptFailure): void {
    if (this.#settled) return;
    this.#settle();
    if (failure === 'connect') this.#surroundings.targets.connectFailed(this.target);
    this.request?.destroy();
    this.#events.failed(failure);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#headTimer);
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#settle();
    this.target.inFlight--;
  }
}
