/** Buffers of one size that are used again: a new one for each long body would keep the collector of garbage busy. */

/** Kept for the next ones. */
const MAX_SPARE = 64;

export class BufferPool {
  readonly #bytes: number;
  readonly #spare: Buffer[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Nothing of it waits to be written any more. */
  give(buffer: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
