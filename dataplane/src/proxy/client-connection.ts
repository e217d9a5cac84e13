/** A client's connection: its requests one after another, and its end. */
import type { Socket } from 'node:net';
import { errorAnswer } from './answer.ts';
import type { ClientErrorCode } from './client-errors.ts';
import type { EngineContext } from './engine-context.ts';
import { Exchange } from './exchange.ts';
import { FlatWriter } from './flat-writer.ts';
import type { BodySink } from './http1/chunked-body.ts';
import type { RequestHead } from './http1/request-head.ts';
import { answerText } from './message-text.ts';
import { requestIdFrom } from './request-id.ts';
import { RequestInput } from './request-input.ts';
import { peerAddress, RequestRecord } from './request-record.ts';
import type { Tunnel } from './tunnel.ts';
import { TurnBudget } from './turn-budget.ts';

/** A listener as its clients reach it. */
export interface ClientListener {
  name: string;
  port: number;
}

/** Requests of one connection that are begun before the others have their turn. */
const REQUESTS_A_TURN = 16;

/** What libuv reads at once; a read that gives less is the last one of its turn. */
const FULL_READ_BYTES = 64 * 1024;

/** Nothing else ends a tunnel in which both sides are silent and the client has vanished. */
const KEEP_ALIVE_PROBE_MS = 15_000;

/** Waits for a head, or reads one. */
const HEAD = 0;
/** Reads a body, for an exchange or to drop it. */
const BODY = 1;
/** The request is read, and its response under way. */
const WAITING = 2;
/** All is said: what still comes is dropped, so that the client can read what it was sent. */
const LINGERING = 3;
const TUNNEL = 4;
const CLOSED = 5;

export class ClientConnection implements BodySink {
  readonly socket: Socket;
  readonly listener: ClientListener;
  readonly address: string;
  readonly out: FlatWriter;
  /** The moment of what was dealt with last. */
  now = performance.now();
  readonly #context: EngineContext;
  readonly #onClose: (connection: ClientConnection) => void;
  readonly #input: RequestInput;
  readonly #turn: TurnBudget;
  #phase = HEAD;
  #exchange: Exchange | undefined;
  #tunnel: Tunnel | undefined;
  #closesAfterBody = false;
  #advancing = false;
  #paused = false;
  #deadline: number;
  #nextTurn: NodeJS.Immediate | undefined;

  /** `onClose` is called once, when the connection has ended in whatever way. */
  constructor(
    context: EngineContext,
    socket: Socket,
    listener: ClientListener,
    onClose: (connection: ClientConnection) => void,
  ) {
    this.#context = context;
    this.socket = socket;
    this.listener = listener;
    this.address = peerAddress(socket.remoteAddress);
    this.out = new FlatWriter(socket, context.blocks);
    this.#onClose = onClose;
    this.#input = new RequestInput(context.limits, context.requests);
    this.#turn = new TurnBudget(context.limits.turnBytes, () => this.#nextTurnOfBody());
    this.#deadline = this.now + context.limits.headTimeoutMs;
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('drain', () => (this.#tunnel ?? this.#exchange)?.clientDrained());
    socket.on('end', () => this.#ended());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  get isWritten(): boolean {
    return this.socket.writableLength === 0;
  }

  /** Not called where the connection ends before. */
  whenWritten(then: () => void): void {
    this.socket.write('', (error) => {
      if (error === undefined || error === null) then();
    });
  }

  /** Answers whatever comes with this, and closes. */
  refuse(code: ClientErrorCode, head?: RequestHead): void {
    const record = new RequestRecord(this.#context, {
      requestId: requestIdFrom(head?.requestId),
      clientAddress: this.address,
      listener: this.listener.name,
      method: head?.method ?? '',
      path: head?.path ?? '',
    });
    record.because(code);
    const answer = errorAnswer(code, record.entry.requestId, head?.headers.accept);
    this.out.text(answerText(answer, this.#context.date.at(this.now), true));
    if (head?.method !== 'HEAD') this.out.bytes(answer.body, 0, answer.body.length, true);
    this.out.flush();
    record.finish(answer.body.length);
    this.#linger();
  }

  /** The instance ends: so does what is being answered, and the connection. */
  end(): void {
    if (this.#exchange !== undefined) this.#exchange.refuseRest('Stopped');
    else if (this.#phase < LINGERING) this.#linger();
  }

  destroy(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.socket.pause();
  }

  unpause(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.socket.resume();
  }

  becomeTunnel(tunnel: Tunnel): void {
    this.#exchange = undefined;
    this.#tunnel = tunnel;
    this.#phase = TUNNEL;
    this.socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    const early = this.#input.take();
    if (early !== undefined) tunnel.fromClient(early);
    this.unpause();
  }

  /** What still comes of the request is of no use. */
  readsNoMore(): void {
    this.#input.drop();
    this.#phase = WAITING;
  }

  /** The exchange has ended, and its response is written. */
  exchangeEnded(closes: boolean, now: number): void {
    this.#exchange = undefined;
    this.now = now;
    if (this.#phase === BODY) {
      this.#closesAfterBody = closes;
      this.#deadline = now + this.#context.limits.lingerMs;
      this.pumpBody(now);
    } else if (closes) this.#linger();
    else this.#awaitHead(now);
  }

  check(now: number): void {
    const isReadAhead = this.#paused && this.#phase === WAITING;
    const isExchanging = this.#exchange !== undefined && !isReadAhead;
    if (now < this.#deadline || isExchanging || this.#phase >= TUNNEL) return;
    this.now = now;
    const amidHead = this.#phase === HEAD && this.#input.length > 0;
    if (amidHead) this.refuse('RequestHeaderTimeout');
    else this.socket.destroy();
  }

  #awaitHead(now: number): void {
    this.#phase = HEAD;
    this.#deadline = now + this.#context.limits.clientIdleMs;
    this.unpause();
    if (this.#input.length > 0) this.#advance();
  }

  #received(chunk: Buffer): void {
    this.now = performance.now();
    switch (this.#phase) {
      case HEAD:
        this.#input.add(chunk);
        this.#advance();
        break;
      case BODY:
        this.#input.add(chunk);
        this.pumpBody(this.now);
        if (!this.#turn.spend(chunk.length >= FULL_READ_BYTES ? chunk.length : 0)) this.pause();
        break;
      case WAITING:
        this.#input.add(chunk);
        if (this.#input.length > this.#context.limits.maxReadAheadBytes) this.#stopReadingAhead();
        break;
      case TUNNEL:
        this.#tunnel!.fromClient(chunk);
        break;
    }
  }

  /** A reset is not noticed on a socket that is not read, so this wait ends even where the request's has no end. */
  #stopReadingAhead(): void {
    if (this.#paused) return;
    this.pause();
    this.#deadline = this.now + this.#context.limits.responseBodyIdleMs;
  }

  /** Begins what can be begun. Called again from within, when a request is answered at once. */
  #advance(): void {
    if (this.#advancing || this.#nextTurn !== undefined) return;
    this.#advancing = true;
    for (let begun = 0; this.#phase === HEAD && this.#input.length > 0; begun++) {
      if (begun === REQUESTS_A_TURN) {
        this.#goOnNextTurn();
        break;
      }
      if (!this.#readHead()) break;
    }
    this.#advancing = false;
  }

  #goOnNextTurn(): void {
    this.pause();
    this.#nextTurn = setImmediate(() => {
      this.#nextTurn = undefined;
      this.unpause();
      this.#advance();
    });
  }

  #readHead(): boolean {
    const reader = this.#input.readHead(this.listener.name);
    if (reader === undefined) {
      // Bounded in time from the first byte on, however slowly the rest drips in.
      this.#deadline = Math.min(this.#deadline, this.now + this.#context.limits.headTimeoutMs);
      return false;
    }
    if (reader.refusal === undefined) this.#begin(reader.head);
    else this.refuse(reader.refusal, reader.head);
    return this.#phase === HEAD;
  }

  #begin(head: RequestHead): void {
    this.#phase = head.hasBody ? BODY : WAITING;
    const exchange = new Exchange(this.#context, this, head, this.now);
    this.#exchange = exchange;
    try {
      exchange.start();
    } catch (error) {
      // A defect in our own code costs one request, not the worker with all that it carries.
      this.#context.log.error({ err: error }, 'a request failed in the gateway');
      exchange.refuse('InternalError');
    }
  }

  /** Gives what has come of the body to the exchange, or drops it where that has ended. */
  pumpBody(now: number): void {
    if (this.#phase !== BODY) return;
    // What waited here may be old: no wait is counted from the moment when it came.
    this.now = now;
    const exchange = this.#exchange;
    if (exchange?.takesBody === false) {
      this.pause();
      return;
    }
    this.unpause();
    if (this.#input.length === 0) return;
    if (!this.#input.readBody(this)) {
      if (exchange === undefined) this.#linger();
      else exchange.refuseRest('MalformedRequest');
      return;
    }
    const isDone = this.#input.isBodyDone;
    if (isDone) this.#phase = WAITING;
    if (exchange === undefined) {
      if (isDone) this.#bodyDropped();
      return;
    }
    if (isDone) exchange.requestDone(this.#input.trailers);
    exchange.requestFlush();
  }

  #nextTurnOfBody(): void {
    if (this.#phase === BODY) this.pumpBody(performance.now());
    else this.unpause();
  }

  data(bytes: Buffer, from: number, to: number): void {
    this.#exchange?.requestData(bytes, from, to);
  }

  #bodyDropped(): void {
    if (this.#closesAfterBody) this.#linger();
    else this.#awaitHead(this.now);
  }

  #linger(): void {
    this.#phase = LINGERING;
    this.#input.drop();
    this.#deadline = performance.now() + this.#context.limits.lingerMs;
    this.socket.end();
    this.unpause();
  }

  /** The client has closed its side: whoever waits for an answer keeps both open. */
  #ended(): void {
    if (this.#tunnel !== undefined) this.#tunnel.clientEnded();
    else if (this.#exchange !== undefined && !this.#exchange.isFlushing) this.#exchange.clientGone();
    else this.socket.end();
  }

  #closed(): void {
    clearImmediate(this.#nextTurn);
    this.#turn.end();
    this.#phase = CLOSED;
    this.#input.drop();
    this.#exchange?.clientGone();
    this.#tunnel?.clientClosed();
    this.#onClose(this);
  }
}
