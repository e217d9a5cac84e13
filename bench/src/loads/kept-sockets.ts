/** Very many client connections that make one request each and are then kept open. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BenchError } from '../errors.ts';

/** Being opened at a time. */
const AT_ONCE = 64;
const TIMEOUT_MS = 10_000;

export class KeptSockets {
  readonly #name: string;
  readonly #sockets: Socket[] = [];

  /** Resolves when every one has its answer. */
  static async open(
    { name, port }: { name: string; port: number },
    path: string,
    count: number,
  ): Promise<KeptSockets> {
    const kept = new KeptSockets(name);
    const request = `GET ${path} HTTP/1.1\r\nHost: gateway.example\r\n\r\n`;
    const openShare = async (): Promise<void> => {
      while (kept.#sockets.length < count) await kept.#open(port, request);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, openShare));
    return kept;
  }

  private constructor(name: string) {
    this.#name = name;
  }

  /** Throws when any was closed by the other side. */
  check(): void {
    const closed = this.#sockets.filter(({ readyState }) => readyState !== 'open').length;
    if (closed > 0)
      throw new BenchError(
        'ContenderFailed',
        `${this.#name} closed ${closed} of ${this.#sockets.length} idle connections`,
      );
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(port: number, request: string): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1' });
    this.#sockets.push(socket);
    // Its loss shows in check().
    socket.on('error', () => {});
    socket.write(request);
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => [
      '',
    ])) as [Buffer];
    if (!answer.toString('latin1').startsWith('HTTP/1.1 200'))
      throw new BenchError(
        'ContenderFailed',
        `${this.#name} does not answer on connection ${this.#sockets.length}`,
      );
    socket.resume();
  }
}
