/** Writes what belongs together as one piece: a head and a body of up to 16 KiB cost one system call and no buffer. */
import type { Socket } from 'node:net';
import type { BufferPool } from './buffer-pool.ts';
import { READ_BYTES } from './read-buffers.ts';

/** As much as Node writes from its stack, without a request that outlives the call. */
const FLAT_BYTES = 16 * 1024;
/** Text, what one read gives, and text again. */
export const BLOCK_BYTES: number = READ_BYTES + 2 * FLAT_BYTES;

export class FlatWriter {
  readonly #socket: Socket;
  /** Of BLOCK_BYTES. */
  readonly #blocks: BufferPool;
  #text = '';
  #corked = false;
  /** Takes what is too long to be text, and changes after the call. */
  #block: Buffer | undefined;
  #blockBytes = 0;

  constructor(socket: Socket, blocks: BufferPool) {
    this.#socket = socket;
    this.#blocks = blocks;
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
    if (!stable) {
      this.#copy(bytes, from, to);
      return;
    }
    this.#cork();
    this.#writeOut();
    this.#socket.write(bytes.subarray(from, to));
  }

  flush(): void {
    this.#writeOut();
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  /** What was written and the peer has not taken; the source is to wait for 'drain', which follows. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#socket.writableLength > 0;
  }

  #copy(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at += READ_BYTES) this.#copyPiece(bytes, at, Math.min(to, at + READ_BYTES));
  }

  /** With the text before it, so that both are one write. */
  #copyPiece(bytes: Buffer, from: number, to: number): void {
    if (this.#blockBytes + this.#text.length + to - from > BLOCK_BYTES) this.#writeOut();
    this.#block ??= this.#blocks.take();
    this.#moveTextToBlock(this.#block);
    this.#blockBytes += bytes.copy(this.#block, this.#blockBytes, from, to);
  }

  #moveTextToBlock(block: Buffer): void {
    if (this.#text === '') return;
    this.#blockBytes += block.write(this.#text, this.#blockBytes, 'latin1');
    this.#text = '';
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
  }

  #writeOut(): void {
    if (this.#block !== undefined) this.#writeBlock(this.#block);
    else if (this.#text !== '') {
      this.#socket.write(this.#text, 'latin1');
      this.#text = '';
    }
  }

  #writeBlock(block: Buffer): void {
    if (this.#blockBytes + this.#text.length <= BLOCK_BYTES) this.#moveTextToBlock(block);
    this.#socket.write(block.subarray(0, this.#blockBytes));
    this.#block = undefined;
    this.#blockBytes = 0;
    // What is not written yet waits in the block, which is the collector's then.
    if (this.#socket.writableLength === 0) this.#blocks.give(block);
    this.#writeOut();
  }
}
