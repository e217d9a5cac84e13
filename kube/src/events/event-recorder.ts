/** Records Events without holding anybody up: repetitions become one series, and no object gets too many. */
import { randomBytes } from 'node:crypto';
import type { ApiClient } from '../client/api-client.ts';
import { describeError, isApiError } from '../errors.ts';
import { type Log, SILENT_LOG } from '../log.ts';
import {
  EVENTS,
  type EventObject,
  eventObject,
  type Happening,
  microTime,
  objectIdentity,
  type Reporter,
  seriesKey,
} from './event.ts';
import { TokenBuckets } from './token-buckets.ts';

export interface EventRecorderOptions {
  client: ApiClient;
  reporter: Reporter;
  log?: Log | undefined;
  timing?: Partial<EventTiming> | undefined;
}

/** Milliseconds. */
export interface EventTiming {
  /** Between two writes of one series. */
  seriesMs: number;
  /** A series that was silent for so long has ended: the next one begins anew. */
  seriesEndMs: number;
}

/** Since the start; for metrics. */
export interface EventCounts {
  written: number;
  /** Beyond what one object may have, or what waits to be written. */
  dropped: number;
  failed: number;
}

interface Series {
  object: EventObject;
  /** How often in all. */
  count: number;
  lastMs: number;
  lastAt: Date;
  /** What the server knows of. */
  writtenCount: number;
  writtenMs: number;
}

const TIMING: EventTiming = { seriesMs: 10_000, seriesEndMs: 6 * 60_000 };
const MAX_SERIES = 1_000;
const MAX_WAITING = 500;
/** As client-go limits an object: 25 at once, then one in five minutes. */
const PER_OBJECT = { burst: 25, refillMs: 5 * 60_000, maxKeys: 4_096 };
const REQUEST_MS = 5_000;

export class EventRecorder {
  readonly counts: EventCounts = { written: 0, dropped: 0, failed: 0 };
  readonly #options: EventRecorderOptions;
  readonly #timing: EventTiming;
  readonly #log: Log;
  readonly #buckets = new TokenBuckets(PER_OBJECT);
  readonly #series = new Map<string, Series>();
  /** Of new series, in order. */
  readonly #waiting: Series[] = [];
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#log = options.log ?? SILENT_LOG;
  }

  /** Returns at once and never throws: an event that cannot be written is counted and logged. */
  record(happening: Happening): void {
    if (this.#stop.signal.aborted) return;
    const key = seriesKey(happening);
    const nowMs = performance.now();
    const series = this.#series.get(key);
    if (series !== undefined && nowMs - series.lastMs < this.#timing.seriesEndMs) {
      series.count += 1;
      series.lastMs = nowMs;
      series.lastAt = new Date();
      this.#schedule();
      return;
    }
    this.#begin(key, happening, nowMs);
  }

  /** Writes what waits, for at most `graceMs` milliseconds. */
  async stop(graceMs = 2_000): Promise<void> {
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.#writing;
    await this.#write(true);
    clearTimeout(timer);
    this.#stop.abort();
  }

  #begin(key: string, happening: Happening, nowMs: number): void {
    if (this.#waiting.length >= MAX_WAITING || !this.#buckets.take(objectIdentity(happening.regarding))) {
      this.counts.dropped += 1;
      return;
    }
    const at = new Date();
    const object = eventObject(happening, this.#options.reporter, at, randomBytes(8).toString('hex'));
    const series = { object, count: 1, lastMs: nowMs, lastAt: at, writtenCount: 0, writtenMs: nowMs };
    this.#series.delete(key);
    this.#series.set(key, series);
    this.#waiting.push(series);
    this.#forget(nowMs);
    this.#startWriting();
  }

  #forget(nowMs: number): void {
    for (const [key, series] of this.#series) {
      const over = nowMs - series.lastMs >= this.#timing.seriesEndMs;
      if (over || this.#series.size > MAX_SERIES) this.#series.delete(key);
    }
  }

  #startWriting(): void {
    this.#writing ??= this.#write(false).finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#startWriting();
    });
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#startWriting();
      if (this.#grown().length > 0) this.#schedule();
    }, this.#timing.seriesMs);
  }

  async #write(all: boolean): Promise<void> {
    for (let series = this.#waiting.shift(); series !== undefined; series = this.#waiting.shift()) {
      await this.#attempt(series, () => this.#create(series!));
    }
    for (const series of this.#grown()) {
      const due = performance.now() - series.writtenMs >= this.#timing.seriesMs;
      if (all || due) await this.#attempt(series, () => this.#update(series));
    }
  }

  #grown(): Series[] {
    return [...this.#series.values()].filter(
      ({ count, writtenCount }) => writtenCount > 0 && count > writtenCount,
    );
  }

  async #attempt(series: Series, write: () => Promise<void>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { count } = series;
    series.writtenMs = performance.now();
    // Also where it failed: the next write comes when it happens again, not at once.
    series.writtenCount = count;
    try {
      await write();
      this.counts.written += 1;
    } catch (error) {
      this.counts.failed += 1;
      const { reason, note, regarding } = series.object;
      const fields = { reason, note, kind: regarding.kind, name: regarding.name };
      this.#log.warn({ ...fields, problem: describeError(error) }, 'an event could not be written');
    }
  }

  async #create({ object }: Series): Promise<void> {
    await this.#options.client.create(EVENTS, object, this.#requestOptions());
  }

  async #update(series: Series): Promise<void> {
    const { object, count, lastAt } = series;
    const patch = { series: { count, lastObservedTime: microTime(lastAt) } };
    try {
      await this.#options.client.mergePatch(EVENTS, object.metadata, patch, this.#requestOptions());
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
      // The server keeps events for an hour.
      const again = { ...object, ...patch, eventTime: microTime(lastAt) };
      await this.#options.client.create(EVENTS, again, this.#requestOptions());
    }
  }

  #requestOptions() {
    const { controller } = this.#options.reporter;
    return { fieldManager: controller, timeoutMs: REQUEST_MS, signal: this.#stop.signal };
  }
}
