/** Writes what belongs together as one piece: a head and a body of up to 16 KiB cost one system call and no buffer. */
import type { Socket } from 'node:net';

/** As much as Node writes from its stack, without a request that outlives the call. */
const FLAT_BYTES = 16 * 1024;

export class FlatWriter {
  readonly #socket: Socket;
  #text = '';
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Characters up to U+00FF, each one byte. */
  text(text: string): void {
    this.#text += text;
  }

  /** `stable`: the bytes stay as they are until they are written out; else they are copied. */
  bytes(bytes: Buffer, from: number, to: number, stable: boolean): void {
    if (this.#text.length + to - from <= FLAT_BYTES) {
      this.#text += bytes.toString('latin1', from, to);
      return;
    }
    this.#cork();
    this.#writeText();
    const piece = bytes.subarray(from, to);
    this.#socket.write(stable ? piece : Buffer.from(piece));
  }

  flush(): void {
    this.#writeText();
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  /** What was written and the peer has not taken; the source is to wait for 'drain', which follows. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#socket.writableLength > 0;
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
  }

  #writeText(): void {
    if (this.#text === '') return;
    this.#socket.write(this.#text, 'latin1');
    this.#text = '';
  }
}
