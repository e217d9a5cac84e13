/** The engine on node:http, which tests hold beside the one that serves: what both do alike is not the mistake of one. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Gateway } from '../../routing/gateway.ts';
import { LISTEN_BACKLOG, type WorkerListener, type WorkerSample } from '../../supervisor/worker-messages.ts';
import type { AccessLog } from '../access-log.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import type { Engine } from '../engine.ts';
import { DEFAULT_LIMITS, type EngineLimits } from '../limits.ts';
import { RequestRecord } from '../request-record.ts';
import { spread } from '../spread.ts';
import { TrafficCounters } from '../traffic-counters.ts';
import { Via } from '../via.ts';
import { ClientConnection } from './client-connection.ts';
import { Exchange } from './exchange.ts';
import { type ReceivedRequest, recordedRequest } from './recorded-request.ts';
import type { Surroundings } from './surroundings.ts';
import { asksForWebSocket, Upgrade } from './upgrade.ts';
import type { ConnectObserver } from './upstream-attempt.ts';
import { UpstreamPool } from './upstream-pool.ts';
import { WebSocketProxy } from './websocket-proxy.ts';

/** Milliseconds between node:http's looks for heads that are late. */
const HEAD_CHECK_INTERVAL_MS = 1_000;

export interface EngineOptions {
  /** Named in `Via`, so that a loop through this instance is seen. */
  instance: string;
  /** Called once a request; undefined as long as nothing serves. */
  gateway(): Gateway | undefined;
  /** Told how connecting to endpoints goes. */
  targets: ConnectObserver;
  log: Logger;
  accessLog: AccessLog;
  limits?: Partial<EngineLimits>;
}

export function createNodeHttpEngine(options: EngineOptions): Engine {
  return new NodeHttpEngine(options);
}

class NodeHttpEngine implements Engine {
  readonly #surroundings: Surroundings;
  readonly #webSockets = new WebSocketProxy();
  readonly #servers: Server[] = [];
  readonly #connections = new Map<Duplex, ClientConnection>();
  readonly #upgrades = new Set<Upgrade>();

  constructor({ instance, gateway, targets, log, accessLog, limits: some }: EngineOptions) {
    const limits = { ...DEFAULT_LIMITS, ...some };
    this.#surroundings = {
      gateway,
      targets,
      log,
      accessLog,
      limits,
      counters: new TrafficCounters(),
      pool: new UpstreamPool(limits),
      via: new Via(instance),
      draining: false,
    };
  }

  async listen(listeners: readonly WorkerListener[]): Promise<void> {
    await Promise.all(listeners.map((listener) => this.#listenOn(listener)));
  }

  drain(): void {
    this.#surroundings.draining = true;
  }

  async stop(spreadMs: number): Promise<void> {
    this.drain();
    const closed = this.#servers.map((server) => closeServer(server));
    await spread(
      [
        ...[...this.#upgrades].map((upgrade) => () => upgrade.end()),
        ...[...this.#connections.values()].map((connection) => () => connection.end()),
      ],
      spreadMs,
    );
    const last = setTimeout(() => this.#destroyAll(), this.#surroundings.limits.lingerMs);
    await Promise.all(closed);
    clearTimeout(last);
    this.#surroundings.pool.destroy();
  }

  /** Ends even those that don't read what they were sent. */
  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
    for (const upgrade of this.#upgrades) upgrade.destroy();
  }

  sample(): WorkerSample {
    return this.#surroundings.counters.sample();
  }

  async #listenOn(listener: WorkerListener): Promise<void> {
    const server = this.#createServer();
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      this.#serve(listener, request, response);
    server.on('request', serve);
    // With a listener node:http leaves the 100, or the refusal, to us.
    server.on('checkContinue', serve);
    server.on('checkExpectation', serve);
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.on('upgrade', (request, socket, head) => this.#upgrade(listener, request, socket as Socket, head));
    server.on('connect', (request, socket) => this.#refuseConnect(listener, request, socket as Socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#failed(listener, error, socket as Socket),
    );
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ fd: listener.fd }, LISTEN_BACKLOG, () => {
        server.off('error', reject);
        server.on('error', (error) =>
          this.#surroundings.log.error({ err: error, listener: listener.name }, 'listener'),
        );
        resolve();
      });
    });
  }

  #createServer(): Server {
    const { limits } = this.#surroundings;
    const server = createServer({
      maxHeaderSize: limits.maxHeadBytes,
      headersTimeout: limits.headTimeoutMs,
      // A long upload is none of its business: a body that stalls is ended by its pump.
      requestTimeout: 0,
      keepAliveTimeout: limits.clientIdleMs,
      connectionsCheckingInterval: Math.min(HEAD_CHECK_INTERVAL_MS, limits.headTimeoutMs),
      // Ours, with its reason, in the reading of the head.
      requireHostHeader: false,
      noDelay: true,
      shouldUpgradeCallback: (request) =>
        asksForWebSocket(request) && this.#connections.get(request.socket)?.busy === false,
    });
    // node:http drops the fields above a count without a word, and a policy with them; we refuse instead.
    server.maxHeadersCount = 0;
    server.maxRequestsPerSocket = 0;
    return server;
  }

  #accept(socket: Socket): void {
    const { counters, limits } = this.#surroundings;
    counters.connections++;
    counters.arrivals++;
    this.#connections.set(socket, new ClientConnection(socket, limits));
    socket.once('close', () => {
      counters.connections--;
      this.#connections.delete(socket);
    });
  }

  #serve(listener: WorkerListener, request: IncomingMessage, response: ServerResponse): void {
    this.#connections.get(request.socket)?.handle((onClose) => {
      const exchange = new Exchange(this.#surroundings, listener, request, response, onClose);
      this.#start(exchange);
      return exchange;
    });
  }

  #upgrade(listener: WorkerListener, request: IncomingMessage, socket: Socket, head: Buffer): void {
    // It has an end of its own, and a server that closes does not know of it.
    this.#connections.delete(socket);
    const upgrade: Upgrade = new Upgrade(
      this.#surroundings,
      listener,
      request,
      socket,
      head,
      this.#webSockets,
      () => this.#upgrades.delete(upgrade),
    );
    this.#upgrades.add(upgrade);
    this.#start(upgrade);
  }

  /** A defect in our own code costs one request, not the worker with all that it carries. */
  #start(exchange: Exchange | Upgrade): void {
    try {
      exchange.start();
    } catch (error) {
      this.#surroundings.log.error({ err: error }, 'a request failed in the gateway');
      exchange.refuse('InternalError');
    }
  }

  #refuseConnect(listener: WorkerListener, request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.#recordRefused(listener, request, 'MethodNotSupported');
    this.#connections.get(socket)?.fail('MethodNotSupported');
  }

  /** node:http calls it for each piece of what it can't read, and leaves the connection to us. */
  #failed(listener: WorkerListener, error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.get(socket);
    const code = failureCode(error);
    // Nobody to answer: the peer is gone, or it opened a connection and never said a word.
    const silent = code === 'RequestHeaderTimeout' && socket.bytesRead === 0;
    if (connection === undefined || code === undefined || silent || !socket.writable) {
      socket.destroy();
      return;
    }
    if (connection.fail(code)) this.#recordRefused(listener, { headers: {}, socket }, code);
  }

  #recordRefused(listener: WorkerListener, request: ReceivedRequest, code: ClientErrorCode): void {
    const record = new RequestRecord(this.#surroundings, recordedRequest(request, listener.name));
    record.because(code);
    record.finish(0);
  }
}

function failureCode({ code }: NodeJS.ErrnoException): ClientErrorCode | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'RequestHeaderTimeout';
  if (code === 'HPE_HEADER_OVERFLOW') return 'HeaderTooLarge';
  return code?.startsWith('HPE_') ? 'MalformedRequest' : undefined;
}

/** Stops accepting, closes the idle connections, and resolves when the others have ended. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
