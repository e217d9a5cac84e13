/** A signal that aborts when a time has passed or when another signal does, whichever comes first. */

export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = () => this.#controller.abort(this.#outer!.reason);
  #passed = false;

  /** `ms` milliseconds from now. Whoever makes one must `end` it: it owns a timer and a listener. */
  constructor(ms: number, outer?: AbortSignal) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#pass(), ms);
    if (outer?.aborted) this.#onOuter();
    else outer?.addEventListener('abort', this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True where the time ran out; false where the outer signal came first. */
  get passed(): boolean {
    return this.#passed;
  }

  /** Rejects when the signal aborts; `work` itself is left to end by itself. */
  async bound<T>(work: Promise<T>): Promise<T> {
    const { promise: cut, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(this.signal.reason);
    if (this.signal.aborted) onAbort();
    else this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work, cut]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }

  #pass(): void {
    if (this.signal.aborted) return;
    this.#passed = true;
    this.#controller.abort(new Error('the time has run out'));
  }
}
