/** The memory that endpoints' bytes are read into: one buffer for all, and one of its own for each long body. */
import { BufferPool } from './buffer-pool.ts';

export const READ_BYTES = 64 * 1024;

export class ReadBuffers extends BufferPool {
  /** What is in it has been dealt with before the next read, whoever reads. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(READ_BYTES);

  constructor() {
    super(READ_BYTES);
  }
}
