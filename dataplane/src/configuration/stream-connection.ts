/** One connection to a control plane, from connecting to its end, which it always comes to. */
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ProtocolError } from '@holdfast/protocol/errors.ts';
import {
  type CodecLimits,
  decodeControlPlaneMessage,
  encodeMessage,
} from '@holdfast/protocol/stream/codec.ts';
import type {
  ControlPlaneMessage,
  GoAway,
  Hello,
  InstanceMessage,
} from '@holdfast/protocol/stream/messages.ts';
import { SUBPROTOCOL } from '@holdfast/protocol/stream/messages.ts';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import type { Place } from './endpoint-walk.ts';

/** Milliseconds. */
export interface StreamTiming {
  /** Name, connection and handshake together. */
  connectMs: number;
  /** From hello to welcome. */
  welcomeMs: number;
  pingMs: number;
  /** A peer that sends nothing, not even a pong, for so long is gone. */
  silenceMs: number;
  /** A closing handshake that takes longer is cut. */
  closeMs: number;
  /** The longest time that a goaway can ask us to stay. */
  maxSpreadMs: number;
}

export const STREAM_TIMING: StreamTiming = {
  connectMs: 3_000,
  welcomeMs: 3_000,
  pingMs: 5_000,
  silenceMs: 15_000,
  closeMs: 500,
  maxSpreadMs: 300_000,
};

export type StreamEnd =
  /** The peer is a control plane that does not lead. */
  | { kind: 'standby' }
  /** It ended before it was welcome. */
  | { kind: 'failed'; reason: string }
  | { kind: 'lost'; reason: string }
  /** It was asked to go, and went at the moment of its choice. */
  | { kind: 'left' }
  /** It was asked to go, and the peer did not wait for the moment, which is `remainingMs` away. */
  | { kind: 'cut'; remainingMs: number };

export interface StreamConnectionOptions {
  place: Place;
  token: string | undefined;
  limits: CodecLimits;
  timing: StreamTiming;
  random: () => number;
  hello(): Hello | Promise<Hello>;
  onWelcome(): void;
  onMessage(message: ControlPlaneMessage, bytes: number): void;
  /** A message that was not understood; with UNKNOWN_TYPE it is skipped, with any other code it ends the connection. */
  onDiscarded(error: ProtocolError, bytes: number): void;
}

/** What may wait for a peer that does not read. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

const POLICY = 1000;
const PROTOCOL_VIOLATION = 1002;

export class StreamConnection {
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
  /** Settles when the socket is gone, at most `closeMs` after `ended`. */
  readonly gone: Promise<void>;
  readonly #options: StreamConnectionOptions;
  readonly #socket: WebSocket;
  readonly #resolveEnded: (end: StreamEnd) => void;
  #timers: NodeJS.Timeout[] = [];
  /** The connect timeout first, then that of the welcome. */
  #patience: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #wire: Socket | undefined;
  /** Bytes that had come when it was heard last. */
  #heardBytes = 0;
  /** When to leave after a goaway, by `performance.now()`. */
  #leaveAt: number | undefined;
  #welcomed = false;
  #isOver = false;

  /** Throws where no request can be made at all, as with a token that no header can carry. */
  constructor(options: StreamConnectionOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#socket = this.#connect();
    this.gone = new Promise((closed) => this.#socket.once('close', () => closed()));
    this.#patience = setTimeout(
      () => this.#abandon(`no connection within ${options.timing.connectMs} ms`),
      options.timing.connectMs,
    );
  }

  /** False where the message was not sent: the connection is not open, or has just been given up since the peer does not read. */
  send(message: InstanceMessage): boolean {
    if (this.#isOver || this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      // To skip one message would leave the peer with a wrong picture; the next hello gives it a right one.
      this.#abandon('the peer does not read');
      return false;
    }
    this.#socket.send(encodeMessage(message));
    return true;
  }

  /** Ends it from this side. */
  close(): void {
    this.#end({ kind: 'left' });
    this.#socket.close(POLICY);
  }

  #connect(): WebSocket {
    const { place, token, limits, timing } = this.#options;
    const options: ClientOptions & { closeTimeout: number } = {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      // Messages are compressed once for a revision by their sender; a compressor for each connection is what this avoids.
      perMessageDeflate: false,
      maxPayload: limits.maxMessageBytes,
      closeTimeout: timing.closeMs,
      ...(place.address && { lookup: alwaysTo(place.address) }),
    };
    const socket = new WebSocket(place.endpoint, SUBPROTOCOL, options);
    socket.on('upgrade', (response) => {
      this.#wire = response.socket;
    });
    socket.on('open', () => void this.#onOpen());
    socket.on('message', (data, isBinary) => this.#onData(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#heard());
    socket.on('unexpected-response', (_request, response) => this.#onRefusal(response));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    socket.on('close', (code, reason) => this.#abandon(`closed by the peer: ${code} ${reason}`.trim()));
    return socket;
  }

  #onError({ code, message }: NodeJS.ErrnoException): void {
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      const { maxMessageBytes } = this.#options.limits;
      const detail = `more than ${maxMessageBytes} bytes`;
      this.#options.onDiscarded(new ProtocolError('MESSAGE_TOO_LARGE', detail), maxMessageBytes);
    }
    // An AggregateError of several addresses has no message.
    this.#abandon(message || String(code));
  }

  async #onOpen(): Promise<void> {
    if (this.#isOver) return;
    const { pingMs, silenceMs } = this.#options.timing;
    this.#silence = setTimeout(() => this.#onSilence(), silenceMs);
    this.#timers.push(setInterval(() => this.#ping(), pingMs));
    this.#expectWelcome();
    const hello = await this.#options.hello();
    if (!this.send(hello)) return;
    this.#expectWelcome();
  }

  #expectWelcome(): void {
    clearTimeout(this.#patience);
    if (this.#welcomed) return;
    const { welcomeMs } = this.#options.timing;
    this.#patience = setTimeout(() => this.#abandon(`no welcome within ${welcomeMs} ms`), welcomeMs);
  }

  #ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  #heard(): void {
    if (this.#isOver) return;
    this.#heardBytes = this.#wire?.bytesRead ?? 0;
    this.#silence?.refresh();
  }

  /** Pongs are queued behind a large snapshot on a slow link: as long as bytes come the peer is there. */
  #onSilence(): void {
    const received = this.#wire?.bytesRead ?? 0;
    if (received > this.#heardBytes) this.#heard();
    else this.#abandon(`silent for ${this.#options.timing.silenceMs} ms`);
  }

  #onData(data: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    this.#heard();
    const bytes = data as Buffer;
    let message: ControlPlaneMessage;
    try {
      message = decodeControlPlaneMessage(isBinary ? bytes : bytes.toString(), this.#options.limits);
    } catch (error) {
      this.#onBadMessage(error, bytes.length);
      return;
    }
    this.#onMessage(message, bytes.length);
  }

  #onBadMessage(error: unknown, bytes: number): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#options.onDiscarded(error, bytes);
    if (error.code !== 'UNKNOWN_TYPE') this.#violation(`${error.code}: ${error.message}`);
  }

  #onMessage(message: ControlPlaneMessage, bytes: number): void {
    if (!this.#welcomed && message.type !== 'welcome' && message.type !== 'goaway') {
      this.#violation(`${message.type} before welcome`);
      return;
    }
    if (message.type === 'welcome') this.#onWelcome();
    if (message.type === 'goaway') this.#onGoAway(message);
    this.#options.onMessage(message, bytes);
  }

  #onWelcome(): void {
    clearTimeout(this.#patience);
    if (this.#welcomed) return;
    this.#welcomed = true;
    this.#options.onWelcome();
  }

  #onGoAway({ spreadMs }: GoAway): void {
    if (this.#leaveAt !== undefined) return;
    const { random, timing } = this.#options;
    const stayMs = random() * Math.min(spreadMs, timing.maxSpreadMs);
    this.#leaveAt = performance.now() + stayMs;
    this.#timers.push(setTimeout(() => this.close(), stayMs));
  }

  #onRefusal({ statusCode, statusMessage, headers }: IncomingMessage): void {
    const reason = String(headers['holdfast-reason'] ?? statusMessage ?? '');
    const standby = statusCode === 503 && reason.toLowerCase() === 'standby';
    this.#end(
      standby ? { kind: 'standby' } : { kind: 'failed', reason: `HTTP ${statusCode} ${reason}`.trim() },
    );
    this.#socket.terminate();
  }

  #violation(reason: string): void {
    this.#endFor(reason);
    this.#socket.close(PROTOCOL_VIOLATION);
  }

  #abandon(reason: string): void {
    this.#endFor(reason);
    this.#socket.terminate();
  }

  #endFor(reason: string): void {
    if (this.#leaveAt !== undefined) {
      this.#end({ kind: 'cut', remainingMs: Math.max(0, this.#leaveAt - performance.now()) });
    } else {
      this.#end({ kind: this.#welcomed ? 'lost' : 'failed', reason });
    }
  }

  #end(end: StreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of [...this.#timers, this.#patience, this.#silence]) clearTimeout(timer);
    this.#resolveEnded(end);
  }
}

/** The URL keeps the name, for TLS and Host; the connection goes to the address whose turn it is. */
function alwaysTo({ address, family }: LookupAddress) {
  return (_host: string, { all }: LookupOptions, done: (...args: unknown[]) => void): void => {
    if (all) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}
