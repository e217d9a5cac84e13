/** What a worker knows of one backend as long as any gateway names it: how much it is used, and how well it does. */
import type { BackendEvent } from '../supervisor/worker-messages.ts';
import { type EndpointSet, NO_ENDPOINTS } from './endpoint-set.ts';
import type { PassiveSettings } from './passive-health.ts';
import { RetryBudget } from './retry-budget.ts';

/** What the newest revision says of it; limits are this worker's part of the instance's. */
export interface UpstreamSettings {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly passive: PassiveSettings | undefined;
  /** Percent of the endpoints. */
  readonly panicThreshold: number;
  /** Percent of the requests. */
  readonly retryPercent: number;
}

/** As many requests may wait for a connection where nothing is configured: every queue has a bound. */
export const DEFAULT_MAX_PENDING = 1_024;
export const DEFAULT_PANIC_THRESHOLD = 25;
export const DEFAULT_RETRY_PERCENT = 20;

const DEFAULTS: UpstreamSettings = {
  maxConnections: Number.POSITIVE_INFINITY,
  maxPendingRequests: DEFAULT_MAX_PENDING,
  maxRequests: Number.POSITIVE_INFINITY,
  passive: undefined,
  panicThreshold: DEFAULT_PANIC_THRESHOLD,
  retryPercent: DEFAULT_RETRY_PERCENT,
};

const ALL_HEALTHY: ReadonlySet<string> = new Set();

export class Upstream {
  readonly name: string;
  readonly budget: RetryBudget;
  settings: UpstreamSettings = DEFAULTS;
  /** Those of the newest revision. */
  endpoints: EndpointSet = NO_ENDPOINTS;
  /** Rises when anything changes that usable targets are chosen by. */
  version = 0;
  /** In flight. */
  requests = 0;
  /** Standing or being opened. */
  connections = 0;
  /** Connections being opened, each for a request that waits. */
  pending = 0;
  #unhealthy = ALL_HEALTHY;
  #events = new Map<BackendEvent, number>();

  constructor(name: string, workers: number) {
    this.name = name;
    this.budget = new RetryBudget(workers);
  }

  /** Called by the proxy once a request; after true `leave` is called exactly once. False: as many requests as may be. */
  enter(): boolean {
    if (this.requests >= this.settings.maxRequests) return this.#refuse('requests_refused');
    this.requests++;
    this.budget.requested();
    return true;
  }

  leave(): void {
    this.requests--;
  }

  /** Called by the proxy before it opens a connection, whose fate it tells the registry after true. */
  mayConnect(): boolean {
    if (this.connections >= this.settings.maxConnections) return this.#refuse('connections_refused');
    if (this.pending >= this.settings.maxPendingRequests) return this.#refuse('pending_refused');
    this.connections++;
    this.pending++;
    return true;
  }

  /** True where one more retry keeps within the budget, and it is counted. */
  takeRetry(): boolean {
    if (!this.budget.take(this.settings.retryPercent)) return this.#refuse('retries_refused');
    this.count('retries');
    return true;
  }

  /** Keys of the targets that fail their active health checks. */
  get unhealthy(): ReadonlySet<string> {
    return this.#unhealthy;
  }

  set unhealthy(keys: ReadonlySet<string>) {
    this.#unhealthy = keys;
    this.version++;
  }

  count(event: BackendEvent): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
  }

  /** What was counted since the previous call. */
  takeEvents(): ReadonlyMap<BackendEvent, number> {
    const events = this.#events;
    if (events.size > 0) this.#events = new Map();
    return events;
  }

  #refuse(event: BackendEvent): false {
    this.count(event);
    return false;
  }
}
