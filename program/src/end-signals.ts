/** SIGTERM and SIGINT, heard from the first moment of the program on: to PID 1 a signal that nobody hears is lost, and its pod would live on to the end of its grace period. */

/** As a shell reports a program that SIGINT has ended. */
const INTERRUPTED = 130;

export type End = (signal: NodeJS.Signals) => Promise<unknown>;

export class EndSignals {
  #end: End = async () => {};
  #ending = false;
  #interrupted = false;

  constructor() {
    process.on('SIGTERM', (signal) => void this.#begin(signal));
    process.on('SIGINT', (signal) => this.#interrupt(signal));
  }

  /**
   * What the first signal does from now on, once; then the program exits 0. Before, nothing serves yet, and it exits at once.
   * An end that hangs is cut off after `mostMs`, with exit 0 as well.
   */
  endWith(end: End, mostMs?: number): void {
    this.#end = (signal) => {
      if (mostMs !== undefined) setTimeout(() => process.exit(0), mostMs).unref();
      return end(signal);
    };
  }

  /** A person who presses the keys twice does not want to wait. */
  #interrupt(signal: NodeJS.Signals): void {
    if (this.#interrupted) process.exit(INTERRUPTED);
    this.#interrupted = true;
    void this.#begin(signal);
  }

  async #begin(signal: NodeJS.Signals): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await this.#end(signal);
    process.exit(0);
  }
}
