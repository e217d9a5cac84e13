/** Cuts long work into slices, so that the requests of a worker go on while a configuration is built. */
import { setImmediate } from 'node:timers/promises';

export const SLICE_MS = 2;
/** Looking at the clock costs as much as a small item of work. */
const ITEMS_A_LOOK = 8;

export class LoopBudget {
  readonly #now: () => number;
  #items = 0;
  #started: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#started = now();
  }

  /** To be asked after each item of work. True: the slice is used up, and `nextSlice` is to be awaited. */
  isSpent(): boolean {
    this.#items++;
    return this.#items % ITEMS_A_LOOK === 0 && this.#now() - this.#started >= SLICE_MS;
  }

  async nextSlice(): Promise<void> {
    await setImmediate();
    this.#started = this.#now();
  }
}
