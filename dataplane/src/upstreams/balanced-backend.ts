/** A backend whose targets are chosen by a balancer, those in trouble last. */
import type { Backend, PickContext, Target } from './backend.ts';
import type { Balancer } from './balancer.ts';
import { type EndpointSet, NO_ENDPOINTS } from './endpoint-set.ts';
import type { TargetRegistry } from './target-registry.ts';
import type { Upstream, UpstreamSettings } from './upstream.ts';
import { type UsableTargets, usableTargets } from './usable-targets.ts';

export interface BalancedBackendOptions {
  balancer: Balancer;
  settings: UpstreamSettings;
  prefersOwnZone: boolean;
}

export class BalancedBackend implements Backend {
  readonly upstream: Upstream;
  readonly settings: UpstreamSettings;
  readonly #balancer: Balancer;
  readonly #prefersOwnZone: boolean;
  readonly #registry: TargetRegistry;
  #endpoints = NO_ENDPOINTS;
  #usable: UsableTargets = { near: [], far: [], nearShare: 1, until: Number.POSITIVE_INFINITY };
  #seen: EndpointSet | undefined;
  #seenVersion = 0;

  constructor(upstream: Upstream, options: BalancedBackendOptions, registry: TargetRegistry) {
    this.upstream = upstream;
    this.settings = options.settings;
    this.#balancer = options.balancer;
    this.#prefersOwnZone = options.prefersOwnZone;
    this.#registry = registry;
  }

  get name(): string {
    return this.upstream.name;
  }

  /** What it is from now on, for requests under way too: a retry goes to an endpoint that exists now. */
  serve(endpoints: EndpointSet): void {
    this.#endpoints = endpoints;
    this.upstream.settings = this.settings;
    this.upstream.endpoints = endpoints;
  }

  /**
   * What can't be connected to comes last: a request makes few tries, and when all known endpoints have moved away
   * unheard of, it must not spend each of them on an address that is known to be dead. One that is ill may still answer.
   */
  pick(tried: readonly Target[], request?: PickContext): Target | undefined {
    const healthy = this.#chooseUsable(tried, request);
    if (healthy !== undefined) return healthy;
    const { targets, fallback } = this.#endpoints;
    const fallbackLeft = fallback !== undefined && !tried.includes(fallback);
    if (fallbackLeft && !this.#registry.isAvoided(fallback)) return fallback;
    return (
      this.#balancer.choose(targets, tried, this.#registry, request) ??
      this.#balancer.choose(targets, tried, undefined, request) ??
      (fallbackLeft ? fallback : undefined)
    );
  }

  #chooseUsable(tried: readonly Target[], request: PickContext | undefined): Target | undefined {
    const { near, far, nearShare } = this.#current();
    const isOver = nearShare < 1 && this.#registry.random() >= nearShare;
    return (
      this.#balancer.choose(isOver ? far : near, tried, this.#registry, request) ??
      this.#balancer.choose(isOver ? near : far, tried, this.#registry, request)
    );
  }

  #current(): UsableTargets {
    const { version } = this.upstream;
    const endpoints = this.#endpoints;
    const isNew = endpoints !== this.#seen || version !== this.#seenVersion;
    const { until } = this.#usable;
    if (isNew || (until !== Number.POSITIVE_INFINITY && until <= this.#registry.now())) {
      this.#seen = endpoints;
      this.#seenVersion = version;
      this.#usable = usableTargets(endpoints, {
        unhealthy: this.upstream.unhealthy,
        panicThreshold: this.settings.panicThreshold,
        zone: this.#prefersOwnZone ? this.#registry.zone : undefined,
        now: this.#registry.now(),
      });
    }
    return this.#usable;
  }
}
