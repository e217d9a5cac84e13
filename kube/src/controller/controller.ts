/**
 * Reconciles keys until it is stopped. What a reconcile does decides what happens to its key:
 * returns -> forgotten; returns `requeueAfterMs` -> forgotten, and again after that time;
 * throws -> again after a delay that grows; throws a TerminalError -> not again until the key is added anew.
 * A bug counts as a throw, labelled `panic`: it ends neither the controller nor the program.
 */
import { describeError, isApiError } from '../errors.ts';
import { type Log, SILENT_LOG } from '../log.ts';
import { WorkQueue, type WorkQueueOptions } from '../workqueue/work-queue.ts';

export interface Requeue {
  /** Milliseconds, 0 or more. */
  requeueAfterMs: number;
}

/** The signal aborts when the reconcile takes too long or the controller has no more time to stop. */
// biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that is done returns nothing
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Requeue | void>;

/** Every label of a reconcile's end, with what it means. */
export const OUTCOMES = {
  done: 'nothing is left to do until something changes',
  requeue: 'nothing is left to do until a time that it named',
  error: 'it failed and is tried again after a delay that grows',
  terminal: 'it failed, and trying again would not help',
  panic: 'it failed for a bug (TypeError, RangeError and the like) and is tried again as after an error',
} as const;

export type Outcome = keyof typeof OUTCOMES;

/** A failure that no retry changes: only an edit of the object does. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface ControllerOptions {
  name: string;
  reconcile: Reconcile;
  /** Reconciles at the same time, never two of one key; default 1. */
  concurrency?: number;
  /** After which a reconcile's signal aborts, milliseconds; default 2 min. */
  timeoutMs?: number;
  queue?: WorkQueueOptions;
  log?: Log;
  /** For metrics, after each reconcile. */
  onOutcome?: (outcome: Outcome, durationMs: number) => void;
}

/** How long aborted reconciles get to end, milliseconds. */
const ABORTED_MS = 1_000;

export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  readonly #log: Log;
  readonly #abort = new AbortController();
  #workers: Promise<void>[] = [];

  constructor(options: ControllerOptions) {
    const { concurrency = 1 } = options;
    if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
      throw new RangeError(`concurrency: expected a whole number from 1, found ${concurrency}`);
    }
    this.name = options.name;
    this.queue = new WorkQueue(options.queue);
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
  }

  /** The key is reconciled soon; if it is at work now, once more after that. */
  enqueue(key: string): void {
    this.queue.add(key);
  }

  /** Keys may be added before. */
  start(): void {
    if (this.#workers.length > 0) return;
    this.#workers = Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#work());
  }

  /** Starts no reconcile any more and waits `graceMs` for those at work, then aborts them. False where one did not end even then. */
  async stop(graceMs = 10_000): Promise<boolean> {
    this.queue.close();
    const ended = Promise.all(this.#workers).then(() => true);
    if (await endsWithin(ended, graceMs)) return true;
    this.#abort.abort(new Error(`controller ${this.name} stops`));
    return endsWithin(ended, ABORTED_MS);
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.queue.take();
      if (key === undefined) return;
      await this.#handle(key);
      this.queue.done(key);
    }
  }

  async #handle(key: string): Promise<void> {
    const startedMs = performance.now();
    const outcome = await this.#reconcile(key);
    try {
      this.#options.onOutcome?.(outcome, performance.now() - startedMs);
    } catch (error) {
      this.#log.error({ controller: this.name, problem: describeError(error) }, 'a metrics hook failed');
    }
  }

  async #reconcile(key: string): Promise<Outcome> {
    const { timeoutMs = 120_000, reconcile } = this.#options;
    const overdue = new AbortController();
    const timer = setTimeout(
      () => overdue.abort(new Error(`not reconciled within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      const result = await reconcile(key, AbortSignal.any([overdue.signal, this.#abort.signal]));
      this.queue.forget(key);
      if (result === undefined) return 'done';
      this.queue.addAfter(key, result.requeueAfterMs);
      return 'requeue';
    } catch (error) {
      return this.#failed(key, error);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(key: string, error: unknown): Outcome {
    const fields = { controller: this.name, key, problem: describeError(error) };
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      this.#log.error(fields, 'reconcile failed, and trying again would not help');
      return 'terminal';
    }
    const retryMs = Math.round(this.queue.addAfterFailure(key));
    if (isBug(error)) {
      this.#log.error({ ...fields, retryMs, stack: (error as Error).stack }, 'reconcile failed for a bug');
      return 'panic';
    }
    // Others write too: to lose such a race is no news.
    const level = isApiError(error, 'Conflict') ? 'debug' : 'warn';
    this.#log[level]({ ...fields, retryMs }, 'reconcile failed');
    return 'error';
  }
}

function isBug(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind)
  );
}

async function endsWithin(ended: Promise<boolean>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([ended, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
