/** One connection to an endpoint: reads responses off it, and knows whether another request may follow. */
import { connect, type Socket } from 'node:net';
import type { Target } from '../upstreams/backend.ts';
import type { EngineContext } from './engine-context.ts';
import type { Fields } from './fields.ts';
import { FlatWriter } from './flat-writer.ts';
import { type BodySink, ChunkedBody } from './http1/chunked-body.ts';
import { INCOMPLETE } from './http1/field-lines.ts';
import { Framing } from './http1/framing.ts';
import type { ResponseHead } from './http1/response-head.ts';
import { REFUSED } from './http1/response-reader.ts';
import { TurnBudget } from './turn-budget.ts';

/** Milliseconds of silence after which TCP finds out whether the peer is still there. */
const KEEP_ALIVE_PROBE_MS = 15_000;
const NO_TRAILERS: Readonly<Fields> = [];

/**
 * `connect`: nothing was sent. `unanswered`: it ended before any byte of a response. `reset`: it ended amid the head.
 * `protocol`: what came is not HTTP.
 */
export type UpstreamFailure = 'connect' | 'unanswered' | 'reset' | 'protocol';

/** Who waits for the response of a connection. */
export interface UpstreamUser {
  readonly method: string;
  connected(): void;
  interim(head: ResponseHead): void;
  /** The final head; its body follows in `data` calls. */
  respond(head: ResponseHead): void;
  responseData(bytes: Buffer, from: number, to: number, stable: boolean): void;
  /** All that was read has been told. */
  responseFlush(): void;
  /** `reusable`: as far as the response is concerned. False where something of it waits to be written still. */
  responseDone(trailers: Readonly<Fields>, reusable: boolean): boolean;
  /** The body broke off. */
  responseBroken(): void;
  failed(failure: UpstreamFailure): void;
  /** The backend takes bytes again. */
  upstreamDrained(): void;
}

/** Who carries the bytes of the other protocol, after a 101. */
export interface UpstreamTunnel {
  fromUpstream(bytes: Buffer, from: number, to: number): void;
  upstreamDrained(): void;
  upstreamEnded(): void;
  upstreamClosed(): void;
}

const CONNECTING = 0;
const IDLE = 1;
const HEAD = 2;
const BODY = 3;
const TUNNEL = 4;
const CLOSED = 5;

export class UpstreamConnection implements BodySink {
  readonly target: Target;
  readonly socket: Socket;
  readonly out: FlatWriter;
  /** It has carried a response before. */
  reused = false;
  idleSince = 0;
  readonly #context: EngineContext;
  readonly #turn: TurnBudget;
  #user: UpstreamUser | undefined;
  #tunnel: UpstreamTunnel | undefined;
  #phase = CONNECTING;
  /** Of a head that is not complete. */
  #partial: Buffer | undefined;
  #unanswered = true;
  #framing: number = Framing.none;
  #left = 0;
  #chunked: ChunkedBody | undefined;
  #keepsConnection = false;
  /** Of its own for a long body, so that what the client has not taken can stay in it. */
  #buffer: Buffer | undefined;
  /** What the client has not taken is in it. */
  #lent: Buffer | undefined;
  #paused = false;

  /** `mayConnect` was asked and has allowed it. */
  constructor(context: EngineContext, target: Target, user: UpstreamUser) {
    this.#context = context;
    this.target = target;
    this.#user = user;
    this.socket = connect({
      host: target.address,
      port: target.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
      onread: {
        buffer: () => this.#buffer ?? context.buffers.shared,
        callback: (length, bytes) => this.#received(bytes as Buffer, length),
      },
    });
    this.out = new FlatWriter(this.socket, context.blocks);
    this.#turn = new TurnBudget(context.limits.turnBytes, () => this.#resume());
    this.socket.on('connect', () => this.#connected());
    this.socket.on('drain', () => (this.#tunnel ?? this.#user)?.upstreamDrained());
    this.socket.on('end', () => this.#ended());
    this.socket.on('error', () => this.#closed());
    this.socket.on('close', () => this.#closed());
  }

  get alive(): boolean {
    return this.#phase === IDLE && !this.socket.destroyed;
  }

  get connecting(): boolean {
    return this.#phase === CONNECTING;
  }

  /** A request is about to be sent on it. */
  begin(user: UpstreamUser): void {
    this.#user = user;
    this.#phase = HEAD;
    this.#unanswered = true;
  }

  /** It lies in the pool from now on. */
  rest(now: number): void {
    this.#user = undefined;
    this.#phase = IDLE;
    this.reused = true;
    this.idleSince = now;
  }

  /** The backend has switched protocols. */
  becomeTunnel(tunnel: UpstreamTunnel): void {
    this.#user = undefined;
    this.#tunnel = tunnel;
    this.#phase = TUNNEL;
  }

  /** Ends it, whatever state it is in. Nothing is told any more. */
  destroy(): void {
    this.#user = undefined;
    this.#closed();
    this.socket.destroy();
  }

  /** The client does not take what it was sent. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    // Node may read once more after a pause, and must not read into what still is to be written.
    this.#lent = this.#buffer;
    this.#buffer = undefined;
    this.socket.pause();
  }

  unpause(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#buffer ??= this.#lent;
    this.#lent = undefined;
    this.#resume();
  }

  /** Nobody takes the connection within the time it may take. */
  timeOutConnecting(): void {
    if (this.#phase === CONNECTING) this.#closed();
  }

  #resume(): void {
    if (!this.#paused && !this.#turn.isSpent && this.#phase !== CLOSED) this.socket.resume();
  }

  #connected(): void {
    if (this.#phase !== CONNECTING) return;
    this.#phase = HEAD;
    this.#context.targets.connected(this.target);
    this.#user?.connected();
  }

  /** False: no more for now. */
  #received(bytes: Buffer, length: number): boolean {
    const full = length === bytes.length;
    switch (this.#phase) {
      case HEAD:
        this.#readHeads(bytes, length);
        break;
      case BODY:
        this.#readBody(bytes, 0, length);
        break;
      case TUNNEL:
        this.#tunnel?.fromUpstream(bytes, 0, length);
        break;
      default:
        // Nobody has asked for anything: what comes now must never be taken for the next response.
        this.destroy();
    }
    if (full && this.#phase === BODY) this.#buffer ??= this.#context.buffers.take();
    return this.#turn.spend(full ? length : 0) && !this.#paused;
  }

  #readHeads(received: Buffer, length: number): void {
    let bytes = received;
    let end = length;
    if (this.#partial !== undefined) {
      bytes = Buffer.concat([this.#partial, received.subarray(0, length)]);
      end = bytes.length;
      this.#partial = undefined;
    }
    this.#unanswered = false;
    const { responses } = this.#context;
    for (let at = 0; at < end; ) {
      const user = this.#user;
      if (user === undefined) return;
      const next = responses.read(bytes, at, end, user.method);
      if (next === INCOMPLETE) {
        this.#partial = Buffer.from(bytes.subarray(at, end));
        return;
      }
      if (next === REFUSED) {
        this.#fail('protocol');
        return;
      }
      at = next;
      const { head } = responses;
      if (head.status >= 200 || head.status === 101) {
        this.#respond(user, head, bytes, at, end);
        return;
      }
      user.interim(head);
    }
  }

  #respond(user: UpstreamUser, head: ResponseHead, bytes: Buffer, at: number, end: number): void {
    this.#framing = head.framing;
    this.#left = head.length;
    this.#keepsConnection = head.keepsConnection && head.framing !== Framing.untilClose;
    this.#chunked =
      head.framing === Framing.chunked ? new ChunkedBody(this.#context.limits.maxHeadBytes) : undefined;
    if (head.keepAliveSeconds > 0) this.#context.pool.learn(this.target, head.keepAliveSeconds * 1_000);
    this.#phase = BODY;
    user.respond(head);
    if (this.#tunnel !== undefined) {
      if (at < end) this.#tunnel.fromUpstream(bytes, at, end);
    } else if (this.#user !== undefined) this.#readBody(bytes, at, end);
  }

  #readBody(bytes: Buffer, from: number, end: number): void {
    let at = from;
    if (this.#chunked !== undefined) {
      at = this.#chunked.feed(bytes, from, end, this);
      if (at < 0) {
        this.#break();
        return;
      }
      if (this.#chunked.done) {
        this.#done(this.#chunked.trailers, at < end);
        return;
      }
    } else if (this.#framing === Framing.untilClose) {
      if (at < end) this.data(bytes, at, end);
    } else {
      if (this.#framing === Framing.counted) {
        at = Math.min(end, from + this.#left);
        if (at > from) this.data(bytes, from, at);
        this.#left -= at - from;
      }
      if (this.#framing === Framing.none || this.#left === 0) {
        this.#done(NO_TRAILERS, at < end);
        return;
      }
    }
    this.#user?.responseFlush();
  }

  data(bytes: Buffer, from: number, to: number): void {
    this.#user?.responseData(bytes, from, to, bytes === this.#buffer);
  }

  /** RFC 9112 9.2: bytes behind a response belong to nobody, and their connection is of no use. */
  #done(trailers: Readonly<Fields>, surplus: boolean): void {
    const user = this.#user;
    this.#phase = IDLE;
    this.#chunked = undefined;
    const isWritten = user?.responseDone(trailers, this.#keepsConnection && !surplus) === true;
    if (isWritten && this.#buffer !== undefined) this.#context.buffers.give(this.#buffer);
    this.#buffer = undefined;
    this.#lent = undefined;
  }

  #ended(): void {
    if (this.#phase === TUNNEL) this.#tunnel?.upstreamEnded();
    else if (this.#phase === BODY && this.#framing === Framing.untilClose) {
      this.#keepsConnection = false;
      this.#done(NO_TRAILERS, false);
    } else this.#closed();
  }

  /** Called more than once: for the end, for the error and for the close that follows either. */
  #closed(): void {
    const phase = this.#phase;
    if (phase === CLOSED) return;
    this.#phase = CLOSED;
    this.#turn.end();
    const { targets, pool } = this.#context;
    const user = this.#user;
    this.#user = undefined;
    this.socket.destroy();
    if (phase !== CONNECTING) targets.disconnected(this.target);
    if (phase === IDLE) pool.forget(this);
    else if (phase === CONNECTING) this.#endConnecting(user);
    else if (phase === HEAD) user?.failed(this.#unanswered ? 'unanswered' : 'reset');
    else if (phase === BODY) user?.responseBroken();
    else this.#tunnel?.upstreamClosed();
  }

  #endConnecting(user: UpstreamUser | undefined): void {
    if (user === undefined) this.#context.targets.connectAbandoned(this.target);
    else {
      this.#context.targets.connectFailed(this.target);
      user.failed('connect');
    }
  }

  #fail(failure: UpstreamFailure): void {
    const user = this.#user;
    this.destroy();
    user?.failed(failure);
  }

  #break(): void {
    const user = this.#user;
    this.destroy();
    user?.responseBroken();
  }
}
