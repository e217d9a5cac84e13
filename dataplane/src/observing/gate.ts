/** Lets a bounded number of jobs run at once; the others wait in order. */

export class Gate {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Who calls it waits for one job at a time, so that the queue is as long as there are callers. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await job();
    } finally {
      // The place goes to the next one at once; another that came meanwhile must not take it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
