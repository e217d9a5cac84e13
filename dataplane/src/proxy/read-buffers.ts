/** The memory that endpoints' bytes are read into: one buffer for all, and one of its own for each long body. */

const BUFFER_BYTES = 64 * 1024;
/** Kept for the next long bodies. */
const MAX_SPARE = 64;

export class ReadBuffers {
  /** What is in it has been dealt with before the next read, whoever reads. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** Nothing of it waits to be written any more. */
  give(buffer: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
