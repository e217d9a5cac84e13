/** Writes the newest value: never two writes at once, none for a value that a newer one has overtaken. */
import type { Backoff } from './backoff.ts';

export interface LatestWriterOptions<T> {
  write(value: T): Promise<void>;
  onFailure(error: unknown): void;
  /** Waits between the tries of a failing write. */
  backoff: Backoff;
}

export class LatestWriter<T> {
  readonly #options: LatestWriterOptions<T>;
  /** The newest value that is not written, as a function so that what is overtaken is never made. */
  #pending: (() => T) | undefined;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LatestWriterOptions<T>) {
    this.#options = options;
  }

  /** Settles when this value or a newer one is written, or a try has failed; a failed one is tried again. Never rejects. */
  async write(value: () => T): Promise<void> {
    if (this.#closed) return;
    this.#pending = value;
    // Behind a write that runs already: this value is in the next one.
    await this.#running;
    await this.#start();
  }

  /** Ends the retries, after one last try for what is not written yet. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#running;
    await this.#start();
  }

  #start(): Promise<void> {
    this.#running ??= this.#writeOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #writeOnce(): Promise<void> {
    clearTimeout(this.#retry);
    const value = this.#pending;
    if (value === undefined) return;
    this.#pending = undefined;
    try {
      await this.#options.write(value());
      this.#options.backoff.reset();
    } catch (error) {
      this.#options.onFailure(error);
      this.#pending ??= value;
      if (!this.#closed) this.#retry = setTimeout(() => void this.#start(), this.#options.backoff.next());
    }
  }
}
