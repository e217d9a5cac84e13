/** How much one connection may take before the others have their turn: libuv itself would read 2 MiB of it in a row. */

export class TurnBudget {
  readonly #bytes: number;
  readonly #resume: () => void;
  #spent = 0;
  #waiting: NodeJS.Immediate | undefined;

  /** `resume` is called at the next turn of the loop after the budget was spent. */
  constructor(bytes: number, resume: () => void) {
    this.#bytes = bytes;
    this.#resume = resume;
  }

  get isSpent(): boolean {
    return this.#waiting !== undefined;
  }

  /** `bytes`: of a read that filled its buffer, so that another follows at once; 0 for any other. False: no more now. */
  spend(bytes: number): boolean {
    if (bytes === 0) {
      this.#spent = 0;
      return true;
    }
    this.#spent += bytes;
    if (this.#spent < this.#bytes) return true;
    this.#spent = 0;
    this.#waiting ??= setImmediate(() => {
      this.#waiting = undefined;
      this.#resume();
    });
    return false;
  }

  end(): void {
    clearImmediate(this.#waiting);
    this.#waiting = undefined;
  }
}
