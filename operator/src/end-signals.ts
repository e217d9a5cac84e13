/** SIGTERM and SIGINT, heard from the first moment of the program on: to PID 1 a signal that nobody hears is lost. */

/** As a shell reports a program that SIGINT has ended. */
const INTERRUPTED = 130;

export class EndSignals {
  #end: () => void = () => process.exit(0);
  #interrupted = false;

  constructor() {
    process.on('SIGTERM', () => this.#end());
    process.on('SIGINT', () => this.#interrupt());
  }

  /** What either signal does from now on, also when it comes again. Before, nothing runs yet, and the program exits 0 at once. */
  endWith(end: () => void): void {
    this.#end = end;
  }

  /** A person who presses the keys twice does not want to wait. */
  #interrupt(): void {
    if (this.#interrupted) process.exit(INTERRUPTED);
    this.#interrupted = true;
    this.#end();
  }
}
