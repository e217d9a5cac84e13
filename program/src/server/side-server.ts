/** A small HTTP server beside a program's work, for probes, scrapers and people; bounded in time and connections. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Address {
  host: string;
  /** 0: the system chooses. */
  port: number;
}

/** Those who ask are few; more is a mistake or an attack, and must not take the descriptors of the program's work. */
const CONNECTIONS_MOST = 256;

export class SideServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Rejects with what the system says where the address can't be bound. */
  static async start({ host, port }: Address, handler: RequestListener): Promise<SideServer> {
    const server = createServer(handler);
    server.headersTimeout = 5_000;
    server.requestTimeout = 10_000;
    server.keepAliveTimeout = 75_000;
    server.maxConnections = CONNECTIONS_MOST;
    server.listen(port, host);
    await once(server, 'listening');
    // A connection that can't be accepted, as when descriptors run out, is the loss of who asks and not the program's end.
    server.on('error', () => {});
    return new SideServer(server);
  }

  /** With the real port. */
  get address(): Address {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Ends at once, also connections that are kept. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
