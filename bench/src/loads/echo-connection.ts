/** A WebSocket client of the least kind: one message of fixed size out, its echo back. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { BenchError } from '../errors.ts';

/** The most that a frame's short form of length can say. */
export const MESSAGE_BYTES = 125;
const FRAME_HEADER = [0x82, MESSAGE_BYTES];
const ECHO_BYTES = FRAME_HEADER.length + MESSAGE_BYTES;
/** Masked with zeros, as RFC 6455 section 5.3 lets a client choose: the payload is the text itself. */
const FRAME = Buffer.from([0x82, 0x80 | MESSAGE_BYTES, 0, 0, 0, 0, ...Buffer.alloc(MESSAGE_BYTES, 'x')]);
const TIMEOUT_MS = 10_000;

export class EchoConnection {
  readonly #socket: Socket;
  #left = 0;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  /** Resolves when the connection has been upgraded. */
  static async open(port: number, path: string): Promise<EchoConnection> {
    const key = randomBytes(16).toString('base64');
    const headers = {
      Host: 'gateway.example',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
    };
    const outgoing = request({ port, path, headers, agent: false }).end();
    const [, socket] = (await once(outgoing, 'upgrade', { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [
      unknown,
      Socket,
    ];
    return new EchoConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).setTimeout(TIMEOUT_MS);
    socket.on('data', (bytes) => this.#take(bytes.length));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () =>
      this.#settle?.reject(new BenchError('ContenderFailed', 'a WebSocket was ended')),
    );
  }

  /** Sends a message; resolves when as many bytes have come back as its echo has. One at a time. */
  exchange(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#left = ECHO_BYTES;
      this.#socket.write(FRAME);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#socket.destroy();
    if (this.#left === 0) this.#settle?.resolve();
  }
}
