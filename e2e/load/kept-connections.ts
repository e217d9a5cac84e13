/** Keeps a fixed number of connections open and hands out the one that has been idle longest. */
import { Connection } from './connection.ts';

export class KeptConnections {
  readonly #target: { host: string; port: number };
  readonly #size: number;
  /** Slow requests hold connections for seconds: more are opened for them, up to this bound. */
  readonly #bound: number;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  /** Connections opened since the start. */
  opened = 0;
  /** Closed by the server between two requests and noticed in time: no failure. */
  endedIdle = 0;

  constructor(target: { host: string; port: number }, size: number, bound: number) {
    this.#target = target;
    this.#size = size;
    this.#bound = bound;
  }

  /** Undefined when the bound is reached. */
  take(): Connection | undefined {
    if (this.#open.size < this.#size) return this.#openOne();
    return this.#idle.shift() ?? (this.#open.size < this.#bound ? this.#openOne() : undefined);
  }

  giveBack(connection: Connection): void {
    if (!connection.usable) return;
    if (this.#open.size > this.#size) connection.close();
    else this.#idle.push(connection);
  }

  close(): void {
    for (const connection of [...this.#open]) connection.close();
  }

  #openOne(): Connection {
    const connection: Connection = new Connection(this.#target, () => this.#forget(connection));
    this.#open.add(connection);
    this.opened += 1;
    return connection;
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    const position = this.#idle.indexOf(connection);
    if (position === -1) return;
    this.#idle.splice(position, 1);
    this.endedIdle += 1;
  }
}
