/** The stream server: turns upgrades into streams, keeps their number bounded, and ends them in order. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { INSTANCE_MESSAGE_LIMITS } from '@holdfast/protocol/stream/codec.ts';
import { STREAM_PATH, SUBPROTOCOL } from '@holdfast/protocol/stream/messages.ts';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import { WebSocketServer } from 'ws';
import { UPGRADE_REFUSALS, type UpgradeRefusal } from '../errors.ts';
import { listen } from '../listen.ts';
import type { Standing } from '../publisher.ts';
import type { RetainedRevision } from '../revisions/history.ts';
import type { Member } from '../rollout/rollout.ts';
import { EVERY_DATA_PLANE, type Scope } from '../sources/source.ts';
import { type Farewell, InstanceStream, type StreamParts, type StreamPeer } from './instance-stream.ts';
import type { Tokens } from './tokens.ts';

/** Streams at one time, and connections that are not yet a stream. */
const MAX_STREAMS = 10_000;
const MAX_PENDING = 1_000;
const HANDSHAKE_TIMEOUT_MS = 3_000;
/** Instances that come back after a goodbye are spread over a time that grows with their number. */
const SPREAD_MS_PER_STREAM = 10;
const MIN_SPREAD_MS = 1_000;
const MAX_SPREAD_MS = 30_000;
/** What an instance takes for no failure: it tries the next address at once. */
const STANDBY = 'standby';
/** For goodbyes to be written out. */
const CLOSE_MS = 2_000;

export interface StreamServerOptions {
  parts: StreamParts;
  /** Absent: every upgrade is accepted and hello is trusted, which is for loopback only (I7). */
  tokens?: Tokens;
  /** False on a standby, which turns instances away to the replica that leads. */
  leads(): boolean;
}

export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: INSTANCE_MESSAGE_LIMITS.maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #streams = new Set<InstanceStream>();
  #closing = false;
  #allEnded: (() => void) | undefined;

  constructor(options: StreamServerOptions) {
    this.#options = options;
    const timeouts = { headersTimeout: HANDSHAKE_TIMEOUT_MS, requestTimeout: HANDSHAKE_TIMEOUT_MS };
    this.#http = createServer({ ...timeouts, connectionsCheckingInterval: 1_000, keepAliveTimeout: 1_000 });
    this.#http.maxConnections = MAX_STREAMS + MAX_PENDING;
    this.#http.on('request', (request, response) => {
      const reason = pathOf(request) === STREAM_PATH ? 'UpgradeRequired' : 'NotFound';
      const { status, headers, body } = refusalAnswer(reason);
      response.writeHead(status, headers).end(body);
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Gives the address with the real port. Throws ControlPlaneError ADDRESS_UNAVAILABLE. */
  async listen(address: HostPort): Promise<string> {
    this.#http.listen(address.port, address.host);
    await listen('--listen', address, once(this.#http, 'listening'));
    const { address: host, port } = this.#http.address() as AddressInfo;
    return formatHostPort({ host, port });
  }

  /** Sends each instance what it should have now. */
  advance(scope: Scope): void {
    for (const stream of this.#streams) {
      if (scope === EVERY_DATA_PLANE || stream.dataPlane === scope) stream.advance();
    }
  }

  /** Tells those of the scope that have something on trial to keep it for longer. */
  renew(scope: Scope): void {
    for (const stream of this.#streams) if (stream.dataPlane === scope) stream.renew();
  }

  /** How each instance of the scope stands to a revision that is being rolled out. */
  members(scope: Scope, candidate: RetainedRevision): Member[] {
    const members = [...this.#streams]
      .filter(({ dataPlane }) => dataPlane === scope)
      .flatMap((stream) => stream.member(candidate) ?? []);
    // Of two streams of one instance the later speaks.
    return [...new Map(members.map((member) => [member.instance, member])).values()];
  }

  /** What each instance of the scope serves, and refused last. */
  standings(scope: Scope): Standing[] {
    const standings = [...this.#streams]
      .filter(({ dataPlane }) => dataPlane === scope)
      .flatMap(({ standing }) => standing ?? []);
    return [...new Map(standings.map((standing) => [standing.instance, standing])).values()];
  }

  /** Says goodbye to all, who come back to the replica that leads now. */
  dismiss(): void {
    this.#sendAway('LeadershipLost');
  }

  /** Says goodbye to all, and resolves when they have gone or after 2 s. */
  async close(): Promise<void> {
    this.#closing = true;
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    this.#sendAway('GoingAway');
    if (this.#streams.size === 0) this.#allEnded?.();
    const timeout = setTimeout(() => this.#allEnded?.(), CLOSE_MS);
    this.#http.close();
    await ended;
    clearTimeout(timeout);
    this.#http.closeAllConnections();
  }

  #sendAway(reason: Farewell): void {
    const spreadMs = Math.min(
      MAX_SPREAD_MS,
      Math.max(MIN_SPREAD_MS, this.#streams.size * SPREAD_MS_PER_STREAM),
    );
    for (const stream of this.#streams) stream.goAway(spreadMs, reason);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener, a peer that resets now would end the process.
    socket.on('error', () => socket.destroy());
    const admission = this.#admit(request);
    if ('refused' in admission) {
      this.#refuse(socket, admission.refused);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#options.parts.metrics.connects.inc({ result: 'accepted' });
      const stream = new InstanceStream(webSocket, admission, this.#options.parts);
      this.#streams.add(stream);
      this.#options.parts.metrics.streams.set(this.#streams.size);
      webSocket.once('close', () => this.#remove(stream));
    });
  }

  #remove(stream: InstanceStream): void {
    this.#streams.delete(stream);
    this.#options.parts.metrics.streams.set(this.#streams.size);
    if (this.#streams.size === 0) this.#allEnded?.();
  }

  #admit(request: IncomingMessage): StreamPeer | { refused: UpgradeRefusal } {
    const refused = this.#formalRefusal(request);
    if (refused !== undefined) return { refused };
    const remoteAddress = request.socket.remoteAddress ?? 'unknown';
    const { tokens } = this.#options;
    if (tokens === undefined) return { remoteAddress };
    const token = bearerToken(request);
    const admission = token && tokens.admit(token);
    return admission ? { remoteAddress, admission } : { refused: 'TokenInvalid' };
  }

  #formalRefusal({ method, headers, url }: IncomingMessage): UpgradeRefusal | undefined {
    if (this.#closing) return 'ShuttingDown';
    if (!this.#options.leads()) return 'Standby';
    if (pathOf({ url }) !== STREAM_PATH) return 'NotFound';
    if (method !== 'GET') return 'MethodNotAllowed';
    if (headers.upgrade?.toLowerCase() !== 'websocket') return 'UpgradeRequired';
    // Any web page may open a WebSocket to loopback, where no token is asked for.
    if (headers.origin !== undefined) return 'BrowserRefused';
    if (this.#streams.size >= MAX_STREAMS) return 'TooManyStreams';
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    return offered.includes(SUBPROTOCOL) ? undefined : 'SubprotocolUnknown';
  }

  #refuse(socket: Duplex, reason: UpgradeRefusal): void {
    this.#options.parts.metrics.connects.inc({ result: reason });
    const { status, headers, body } = refusalAnswer(reason);
    const lines = Object.entries({ ...headers, connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.resume();
  }
}

function refusalAnswer(reason: UpgradeRefusal) {
  const { status, description } = UPGRADE_REFUSALS[reason];
  const body = `${JSON.stringify({ reason, message: description })}\n`;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  if (reason === 'Standby') headers['holdfast-reason'] = STANDBY;
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 405) headers.allow = 'GET';
  if (status === 426) headers.upgrade = 'websocket';
  return { status, headers, body };
}

function pathOf({ url }: { url?: string | undefined }): string {
  return (url ?? '').split('?', 1)[0]!;
}

function bearerToken({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}
