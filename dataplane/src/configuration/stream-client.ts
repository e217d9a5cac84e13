/** The stream to the control plane: kept up over all endpoints, for ever, with a new connection whenever one ends. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProtocolError } from '@holdfast/protocol/errors.ts';
import { type CodecLimits, DEFAULT_LIMITS } from '@holdfast/protocol/stream/codec.ts';
import type { ControlPlaneMessage, Hello, InstanceMessage } from '@holdfast/protocol/stream/messages.ts';
import { Backoff } from './backoff.ts';
import { within } from './deadline.ts';
import { EndpointWalk, type Place } from './endpoint-walk.ts';
import { type Lookup, NameResolver } from './name-resolver.ts';
import { STREAM_TIMING, StreamConnection, type StreamEnd, type StreamTiming } from './stream-connection.ts';

export interface StreamState {
  connected: boolean;
  /** The endpoint it is connected to or tried last; null before the first try. */
  endpoint: string | null;
  /** When `connected` became what it is, RFC 3339. */
  since: string;
}

export interface StreamClientOptions {
  /** `ws://` or `wss://` URLs with their path, at least one. */
  endpoints: readonly string[];
  /** Read at every connect, so that a token is renewed without a restart. */
  tokenFile?: string;
  /** Asked at the beginning of each connection. */
  hello(): Hello | Promise<Hello>;
  onMessage(message: ControlPlaneMessage, bytes: number): void;
  onState(state: StreamState): void;
  /** How each try or connection ended. */
  onEnd?(end: StreamEnd, endpoint: string): void;
  /** A message that was not understood. */
  onDiscarded?(error: ProtocolError, bytes: number): void;
  limits?: CodecLimits;
  timing?: Partial<StreamTiming & ReconnectTiming>;
  random?: () => number;
  lookup?: Lookup;
}

/** Milliseconds. */
export interface ReconnectTiming {
  firstMs: number;
  maxMs: number;
  /** A connection that lasted so long starts the backoff anew. */
  stableMs: number;
  /** One that did not last so long is followed by a backoff, whatever ended it. */
  briefMs: number;
}

const RECONNECT_TIMING: ReconnectTiming = { firstMs: 100, maxMs: 10_000, stableMs: 30_000, briefMs: 1_000 };
const MAX_TOKEN_LENGTH = 4096;

export class StreamClient {
  readonly #options: StreamClientOptions;
  readonly #timing: StreamTiming & ReconnectTiming;
  readonly #random: () => number;
  readonly #walk: EndpointWalk;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #connection: StreamConnection | undefined;
  #running: Promise<void> | undefined;
  #state: StreamState = { connected: false, endpoint: null, since: new Date().toISOString() };

  constructor(options: StreamClientOptions) {
    this.#options = options;
    this.#timing = { ...STREAM_TIMING, ...RECONNECT_TIMING, ...options.timing };
    this.#random = options.random ?? Math.random;
    const names = new NameResolver({ stop: this.#stop.signal, lookup: options.lookup });
    this.#walk = new EndpointWalk(options.endpoints, (hostname) => names.resolve(hostname));
    this.#backoff = new Backoff({ ...this.#timing, random: this.#random });
  }

  get state(): StreamState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** False where it was not sent; what the peer must know is in the next hello. */
  send(message: InstanceMessage): boolean {
    return this.#state.connected && this.#connection!.send(message);
  }

  /** Settles within `closeMs`; afterwards no callback is called and no socket or timer is left. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const startedAt = performance.now();
      const end = await this.#connectOnce();
      if (this.#stop.signal.aborted) return;
      this.#options.onEnd?.(end, this.#walk.endpoint);
      const waitMs = this.#waitAfter(end, performance.now() - startedAt);
      await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #connectOnce(): Promise<StreamEnd> {
    const deadline = performance.now() + this.#timing.connectMs;
    try {
      const prepared = this.#prepare();
      const [place, token] = await within(this.#timing.connectMs, this.#stop.signal, prepared);
      return await this.#follow(place, token, Math.max(1, deadline - performance.now()));
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #prepare(): Promise<[Place, token: string | undefined]> {
    const [place, token] = await Promise.all([this.#walk.next(), this.#readToken()]);
    return [place, token];
  }

  async #readToken(): Promise<string | undefined> {
    if (this.#options.tokenFile === undefined) return undefined;
    const token = (await readFile(this.#options.tokenFile, 'utf8')).trim();
    // Said without the token: the reason goes to a log.
    if (!/^[\x21-\x7e]+$/.test(token) || token.length > MAX_TOKEN_LENGTH) {
      throw new Error(`the token file holds no token of 1..${MAX_TOKEN_LENGTH} printable characters`);
    }
    return token;
  }

  /** Until the connection ends. */
  async #follow(place: Place, token: string | undefined, connectMs: number): Promise<StreamEnd> {
    this.#setState(false, place.endpoint);
    const connection = new StreamConnection({
      place,
      token,
      limits: this.#options.limits ?? DEFAULT_LIMITS,
      timing: { ...this.#timing, connectMs },
      random: this.#random,
      hello: () => this.#options.hello(),
      onWelcome: () => this.#setState(true, place.endpoint),
      onMessage: (message, bytes) => this.#options.onMessage(message, bytes),
      onDiscarded: (error, bytes) => this.#options.onDiscarded?.(error, bytes),
    });
    this.#connection = connection;
    const end = await connection.ended;
    this.#setState(false, place.endpoint);
    await connection.gone;
    return end;
  }

  #waitAfter(end: StreamEnd, lastedMs: number): number {
    if (lastedMs >= this.#timing.stableMs) this.#backoff.reset();
    switch (end.kind) {
      case 'left':
        // A control plane that sends everybody away at once would otherwise be asked again without a pause.
        return lastedMs < this.#timing.briefMs ? this.#backoff.next() : 0;
      case 'cut':
        if (lastedMs < this.#timing.briefMs) return this.#backoff.next();
        // All instances were cut at once: what is left of their moments keeps them apart.
        return Math.min(end.remainingMs, this.#random() * this.#timing.maxMs);
      case 'standby':
        // Another replica leads, most likely the next one. When the round found none, it is an election: give it time.
        return this.#walk.roundIsOver ? this.#backoff.next() : 0;
      case 'failed':
      case 'lost':
        return this.#backoff.next();
    }
  }

  #setState(connected: boolean, endpoint: string | null): void {
    const before = this.#state;
    if (this.#stop.signal.aborted) return;
    if (before.connected === connected && before.endpoint === endpoint) return;
    const since = before.connected === connected ? before.since : new Date().toISOString();
    this.#state = { connected, endpoint, since };
    this.#options.onState(this.#state);
  }
}
