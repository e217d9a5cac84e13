/** A TCP relay that can fail as networks do: silently, half-open, or by refusing. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface RelayCounts {
  connections: number;
  /** From the clients to the target. */
  bytesIn: number;
  /** From the target to the clients. */
  bytesOut: number;
}

interface Pair {
  client: Socket;
  target: Socket;
  /** Nothing is relayed any more, not even an end: each side believes that the other is silent. */
  frozen: boolean;
}

export class FaultProxy {
  readonly port: number;
  readonly counts: RelayCounts = { connections: 0, bytesIn: 0, bytesOut: 0 };
  readonly #target: () => { host: string; port: number };
  readonly #pairs = new Set<Pair>();
  readonly #silent = new Set<Socket>();
  #server: Server | undefined;
  #swallows = false;

  /** Starts relaying from `port` of 127.0.0.1. `target` is asked for each connection: it may move. */
  static async start(port: number, target: () => { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, target);
    await proxy.#listen();
    return proxy;
  }

  private constructor(port: number, target: () => { host: string; port: number }) {
    this.port = port;
    this.#target = target;
  }

  /** A black hole: connections open, nothing ever comes through, on old and new ones alike. */
  blackHole(): void {
    this.#swallows = true;
    this.#freeze();
  }

  /** The peer's machine is gone and another answers for its address: old connections stay silent, new ones are refused. */
  async halfOpen(): Promise<void> {
    this.#freeze();
    await this.#refuse();
  }

  /** New connections are relayed again; those that were frozen stay so. */
  async restore(): Promise<void> {
    this.#swallows = false;
    for (const socket of this.#silent) socket.destroy();
    if (this.#server === undefined) await this.#listen();
  }

  async close(): Promise<void> {
    for (const { client, target } of this.#pairs) {
      client.destroy();
      target.destroy();
    }
    for (const socket of this.#silent) socket.destroy();
    await this.#refuse();
  }

  #freeze(): void {
    for (const pair of this.#pairs) pair.frozen = true;
  }

  #listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  /** Stops listening; open connections stay. */
  #refuse(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    return Promise.resolve();
  }

  #accept(client: Socket): void {
    this.counts.connections += 1;
    if (this.#swallows) {
      this.#silent.add(client);
      client.on('error', () => {});
      client.on('close', () => this.#silent.delete(client));
      client.resume();
      return;
    }
    const target = connect(this.#target());
    const pair: Pair = { client, target, frozen: false };
    this.#pairs.add(pair);
    this.#relay(pair, client, target, (bytes) => {
      this.counts.bytesIn += bytes;
    });
    this.#relay(pair, target, client, (bytes) => {
      this.counts.bytesOut += bytes;
    });
  }

  #relay(pair: Pair, from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.setNoDelay(true);
    from.on('error', () => {});
    from.on('data', (bytes: Buffer) => {
      if (pair.frozen) return;
      count(bytes.length);
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.on('end', () => {
      if (!pair.frozen) to.end();
    });
    from.on('close', (hadError) => {
      if (pair.frozen) return;
      if (hadError) to.resetAndDestroy();
      else to.destroySoon();
      this.#pairs.delete(pair);
    });
  }
}
