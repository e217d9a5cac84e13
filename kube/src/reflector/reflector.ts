/** Keeps a cache equal to what the API server has: one list, then watches without end, whatever ends them. */
import { Backoff } from '../backoff/backoff.ts';
import type { ApiClient, Selection } from '../client/api-client.ts';
import { pause } from '../client/pause.ts';
import { type ApiError, describeError, isApiError, KubeError } from '../errors.ts';
import { type Log, SILENT_LOG } from '../log.ts';
import type { KubeObject } from '../objects/object.ts';
import type { Resource } from '../objects/resource.ts';
import { type Change, ObjectCache, type ObjectView } from './object-cache.ts';

/** Called in order of the changes. What it throws, or rejects with, is counted and logged, and stops nothing. */
export type ChangeHandler<T> = (change: Change<T>) => void;

export interface ReflectorOptions extends Selection {
  client: ApiClient;
  resource: Resource;
  /** Objects a page of a list, default 500; few where objects are large. */
  pageSize?: number | undefined;
  log?: Log | undefined;
  timing?: Partial<ReflectorTiming> | undefined;
  random?: (() => number) | undefined;
}

export interface ReflectorTiming {
  /** Bounds of the wait after a failure, milliseconds. */
  firstMs: number;
  maxMs: number;
  /** A watch that lasted so long, milliseconds, starts the backoff anew. */
  stableMs: number;
  /** The server ends a watch after a random time from this to twice this, seconds. */
  watchSeconds: number;
  /**
   * Without a byte, milliseconds; above a minute, the time between two bookmarks. A healthy watch of a resource in which
   * nothing has happened since the server's start brings none, and is then opened anew, which costs one request.
   */
  idleMs: number;
}

/** Since the start; for metrics. */
export interface ReflectorCounts {
  lists: number;
  watches: number;
  events: number;
  handlerFailures: number;
  /** Lists and watches that failed, by the error's reason. */
  failures: Record<string, number>;
}

const TIMING: ReflectorTiming = {
  firstMs: 500,
  maxMs: 30_000,
  stableMs: 10_000,
  watchSeconds: 300,
  idleMs: 90_000,
};
/** Longer than this is not waited because a server says so: it may be wrong about when it is well again. */
const MAX_RETRY_AFTER_MS = 60_000;

export class Reflector<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly counts: ReflectorCounts = { lists: 0, watches: 0, events: 0, handlerFailures: 0, failures: {} };
  /** Resolves when the first list is in the cache and told to the handlers; rejects when stopped before. */
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions;
  readonly #timing: ReflectorTiming;
  readonly #random: () => number;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #stop = new AbortController();
  readonly #sync = Promise.withResolvers<void>();
  #hasSynced = false;
  #running: Promise<void> | undefined;
  /** Where the next watch goes on; undefined where a list must come first. */
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.resource = options.resource;
    this.#timing = { ...TIMING, ...options.timing };
    this.#random = options.random ?? Math.random;
    this.#log = options.log ?? SILENT_LOG;
    this.#backoff = new Backoff({ ...this.#timing, random: this.#random });
    this.synced = this.#sync.promise;
    this.synced.catch(() => {});
  }

  get cache(): ObjectView<T> {
    return this.#cache;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** What is known already comes as `added` at once. The result takes the handler away again. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#cache.list()) this.#call(handler, { type: 'added', object });
    return () => this.#handlers.delete(handler);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** When it resolves, no request is under way, no timer is left, and no handler is called any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new KubeError('STOPPED', `the reflector of ${this.resource.plural} was stopped`));
    this.#sync.reject(this.#stop.signal.reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const watching = { sinceMs: undefined as number | undefined };
      const error = await this.#listAndWatch(watching).catch(
        (reason: unknown) => reason ?? new Error('unknown'),
      );
      if (signal.aborted) return;
      const lastedMs = watching.sinceMs === undefined ? 0 : performance.now() - watching.sinceMs;
      if (error !== undefined) this.#failed(error);
      await pause(this.#waitMs(error, lastedMs), signal);
    }
  }

  /** Until the watch ends: undefined where the server ended it cleanly. */
  async #listAndWatch(watching: { sinceMs: number | undefined }): Promise<undefined> {
    const resourceVersion = this.#resourceVersion ?? (await this.#list());
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const { watchSeconds, idleMs } = this.#timing;
    const timeoutSeconds = Math.ceil(watchSeconds * (1 + this.#random()));
    const selection = { namespace, labelSelector, fieldSelector };
    const { signal } = this.#stop;
    this.counts.watches += 1;
    watching.sinceMs = performance.now();
    const events = client.watch<T>(resource, {
      ...selection,
      resourceVersion,
      timeoutSeconds,
      idleMs,
      signal,
    });
    for await (const { type, object } of events) {
      if (signal.aborted) return;
      if (type !== 'BOOKMARK')
        this.#tell(type === 'DELETED' ? this.#cache.remove(object) : this.#cache.put(object));
      this.counts.events += 1;
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    }
  }

  async #list(): Promise<string> {
    const { client, resource, namespace, labelSelector, fieldSelector, pageSize } = this.#options;
    const { signal } = this.#stop;
    const selection = { namespace, labelSelector, fieldSelector };
    this.counts.lists += 1;
    const { items, resourceVersion } = await client.list<T>(resource, { ...selection, pageSize, signal });
    signal.throwIfAborted();
    this.#tell(this.#cache.replaceAll(items));
    this.#resourceVersion = resourceVersion;
    this.#hasSynced = true;
    this.#sync.resolve();
    return resourceVersion;
  }

  #failed(error: unknown): void {
    const reason = isApiError(error) ? error.reason : 'Unknown';
    this.counts.failures[reason] = (this.counts.failures[reason] ?? 0) + 1;
    if (!canResume(error)) this.#resourceVersion = undefined;
    const again = this.#resourceVersion === undefined ? 'list' : 'watch';
    const fields = { resource: this.resource.plural, namespace: this.#options.namespace, reason, again };
    // A quiet resource may bring no bookmark either, and versions age: both are how watches go.
    const level = isApiError(error, 'Stalled', 'Expired', 'Gone') ? 'info' : 'warn';
    this.#log[level]({ ...fields, problem: describeError(error) }, 'list or watch ended');
  }

  /** A watch that ends at once is followed by a wait even where it ended cleanly: else it is asked for without pause. */
  #waitMs(error: unknown, lastedMs: number): number {
    const stable = lastedMs >= this.#timing.stableMs;
    if (stable) this.#backoff.reset();
    if (stable && error === undefined) return 0;
    const waitMs = this.#backoff.next();
    const askedMs = isApiError(error) ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
    return Math.max(waitMs, askedMs * (1 + this.#random() / 2));
  }

  #tell(changes: Change<T>[]): void {
    for (const change of changes) for (const handler of [...this.#handlers]) this.#call(handler, change);
  }

  #call(handler: ChangeHandler<T>, change: Change<T>): void {
    if (this.#stop.signal.aborted) return;
    try {
      const result: unknown = handler(change);
      if (result instanceof Promise) result.catch((error: unknown) => this.#handlerFailed(change, error));
    } catch (error) {
      this.#handlerFailed(change, error);
    }
  }

  #handlerFailed({ type, object: { metadata } }: Change<T>, error: unknown): void {
    this.counts.handlerFailures += 1;
    const { namespace, name } = metadata;
    const fields = { resource: this.resource.plural, namespace, name, change: type };
    this.#log.error({ ...fields, problem: describeError(error) }, 'a handler of changes failed');
  }
}

/**
 * False where the next watch must not go on from the last resource version: it is not kept any more (410), the server
 * has not come so far (restored from a backup), or what it sent cannot be trusted.
 */
function canResume(error: unknown): boolean {
  if (!isApiError(error)) return true;
  if (error.reason === 'AnswerInvalid' || isVersionTooLarge(error)) return false;
  return error.status < 400 || error.status === 429 || error.status >= 500;
}

function isVersionTooLarge({ causes, message }: ApiError): boolean {
  return (
    causes.some(({ reason }) => reason === 'ResourceVersionTooLarge') ||
    message.includes('Too large resource version')
  );
}
