/** The engine: one server a listener, every connection and request of them, and the one timer that ends what takes too long. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Gateway } from '../routing/gateway.ts';
import { LISTEN_BACKLOG, type WorkerListener, type WorkerSample } from '../supervisor/worker-messages.ts';
import type { AccessLog } from './access-log.ts';
import { BufferPool } from './buffer-pool.ts';
import { ClientConnection } from './client-connection.ts';
import { DateLine } from './date-line.ts';
import type { Engine } from './engine.ts';
import type { EngineContext, TargetObserver } from './engine-context.ts';
import { ExchangeList } from './exchange-list.ts';
import { BLOCK_BYTES } from './flat-writer.ts';
import { RequestReader } from './http1/request-reader.ts';
import { ResponseReader } from './http1/response-reader.ts';
import { DEFAULT_LIMITS, type EngineLimits } from './limits.ts';
import { ReadBuffers } from './read-buffers.ts';
import { spread } from './spread.ts';
import { TrafficCounters } from './traffic-counters.ts';
import { UpstreamPool } from './upstream-pool.ts';
import { Via } from './via.ts';

/** Between looks for requests that are late. */
const SWEEP_MS = 50;
/** Looks between those for connections that are: they are many, and their deadlines far. */
const CONNECTIONS_EACH = 5;
/** As much as one flat write, so that whatever is not written at once is told when it is. */
const HIGH_WATER_BYTES = 16 * 1024;
/** Connections above the bound that are told so; further ones are cut. */
const MAX_TURNED_AWAY = 1_024;

export interface EngineOptions {
  /** Named in `Via`, so that a loop through this instance is seen. */
  instance: string;
  /** Called once a request; undefined as long as nothing serves. */
  gateway(): Gateway | undefined;
  targets: TargetObserver;
  log: Logger;
  accessLog: AccessLog;
  limits?: Partial<EngineLimits>;
}

export function createTcpEngine(options: EngineOptions): Engine {
  return new TcpEngine(options);
}

class TcpEngine implements Engine {
  readonly #context: EngineContext;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<ClientConnection>();
  #onEmpty: () => void = () => {};
  #sweeps = 0;
  #sweeping: NodeJS.Timeout | undefined;

  constructor({ instance, gateway, targets, log, accessLog, limits: some }: EngineOptions) {
    const limits = { ...DEFAULT_LIMITS, ...some };
    this.#context = {
      gateway,
      targets,
      log,
      accessLog,
      limits,
      counters: new TrafficCounters(),
      via: new Via(instance),
      date: new DateLine(),
      pool: new UpstreamPool(limits),
      buffers: new ReadBuffers(),
      blocks: new BufferPool(BLOCK_BYTES),
      requests: new RequestReader(limits),
      responses: new ResponseReader(limits),
      exchanges: new ExchangeList(),
      tunnels: new Set(),
      draining: false,
    };
  }

  async listen(listeners: readonly WorkerListener[]): Promise<void> {
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS);
    await Promise.all(listeners.map((listener) => this.#listenOn(listener)));
  }

  drain(): void {
    this.#context.draining = true;
  }

  async stop(spreadMs: number): Promise<void> {
    this.drain();
    const closed = this.#servers.map((server) => closeServer(server));
    await spread(
      [
        ...[...this.#context.tunnels].map((tunnel) => () => tunnel.end()),
        ...[...this.#connections].map((connection) => () => connection.end()),
      ],
      spreadMs,
    );
    const last = setTimeout(() => this.#destroyAll(), this.#context.limits.lingerMs);
    await Promise.all([...closed, this.#empty()]);
    clearTimeout(last);
    clearInterval(this.#sweeping);
    this.#context.pool.destroy();
  }

  sample(): WorkerSample {
    return this.#context.counters.sample();
  }

  /** A server that has closed does not wait for what its sockets still tell. */
  async #empty(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Ends even those that don't read what they were sent. */
  #destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  async #listenOn(listener: WorkerListener): Promise<void> {
    const server = createServer(
      { allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_BYTES },
      (socket) => this.#accept(listener, socket),
    );
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ fd: listener.fd }, LISTEN_BACKLOG, () => {
        server.off('error', reject);
        server.on('error', (error) =>
          this.#context.log.error({ err: error, listener: listener.name }, 'listener'),
        );
        resolve();
      });
    });
  }

  #accept(listener: WorkerListener, socket: Socket): void {
    const { counters, limits } = this.#context;
    if (counters.connections >= limits.maxConnections + MAX_TURNED_AWAY) {
      socket.destroy();
      return;
    }
    counters.connections++;
    counters.arrivals++;
    const connection = new ClientConnection(this.#context, socket, listener, (closed) => {
      counters.connections--;
      this.#connections.delete(closed);
      if (this.#connections.size === 0) this.#onEmpty();
    });
    this.#connections.add(connection);
    if (counters.connections > limits.maxConnections) connection.refuse('TooManyConnections');
  }

  #sweep(): void {
    const now = performance.now();
    this.#context.exchanges.each((exchange) => exchange.check(now));
    if (++this.#sweeps % CONNECTIONS_EACH !== 0) return;
    for (const connection of this.#connections) connection.check(now);
    for (const tunnel of this.#context.tunnels) tunnel.check(now);
    this.#context.pool.sweep(now);
  }
}

/** Stops accepting, and resolves when all connections have ended. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
