/** Keys that wait to be worked on: each at most once in line and never twice at work, with a growing delay after failures. */
import { Backoff } from '../backoff/backoff.ts';

export interface WorkQueueOptions {
  /** Bounds of the delay after a key's failures, milliseconds; default 50 ms and 5 min. */
  firstMs?: number;
  maxMs?: number;
  random?: (() => number) | undefined;
}

interface Delayed {
  dueMs: number;
  timer: NodeJS.Timeout;
}

/** The runtime's timers take no longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Half of the bound is always waited, so that the delay grows for sure. */
const STEADY = 0.5;

/** It is bounded by the number of keys: one that is in line, delayed or at work is not taken a second time. */
export class WorkQueue {
  readonly #backoffs = new Map<string, Backoff>();
  readonly #options: Required<Pick<WorkQueueOptions, 'firstMs' | 'maxMs'>> & WorkQueueOptions;
  readonly #line = new Set<string>();
  readonly #atWork = new Set<string>();
  /** Added while at work: in line again when done. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#options = { firstMs: 50, maxMs: 300_000, ...options };
  }

  /** Keys in line. */
  get length(): number {
    return this.#line.size;
  }

  /** Keys that wait for a time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#atWork.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#line.add(key);
    this.#serve();
  }

  /** After `ms` milliseconds. Of several times for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const waitMs = Math.min(Math.max(0, ms), MAX_TIMER_MS);
    const dueMs = performance.now() + waitMs;
    const before = this.#delayed.get(key);
    if (before !== undefined && before.dueMs <= dueMs) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, waitMs);
    this.#delayed.set(key, { dueMs, timer });
  }

  /** After a delay that grows with each call until `forget`; the delay in milliseconds. */
  addAfterFailure(key: string): number {
    let backoff = this.#backoffs.get(key);
    if (backoff === undefined) {
      backoff = new Backoff({ ...this.#options, steady: STEADY });
      this.#backoffs.set(key, backoff);
    }
    const waitMs = backoff.next();
    this.addAfter(key, waitMs);
    return waitMs;
  }

  /** The key's next failure is its first. */
  forget(key: string): void {
    this.#backoffs.delete(key);
  }

  /** The next key, which is at work until `done`; undefined when the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  done(key: string): void {
    this.#atWork.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops what waits; takers get undefined. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    for (const waiting of [this.#delayed, this.#line, this.#again, this.#backoffs]) waiting.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  #serve(): void {
    for (const key of this.#line) {
      const take = this.#takers.shift();
      if (take === undefined) return;
      this.#line.delete(key);
      this.#atWork.add(key);
      take(key);
    }
  }
}
