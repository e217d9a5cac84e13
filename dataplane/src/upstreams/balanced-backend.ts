/** A backend whose targets are chosen by a balancer, those in trouble last. */
import type { Backend, Target } from './backend.ts';
import type { Balancer } from './balancer.ts';
import type { EndpointSource } from './endpoint-set.ts';
import type { TargetRegistry } from './target-registry.ts';

export class BalancedBackend implements Backend {
  readonly name: string;
  readonly #source: EndpointSource;
  readonly #balancer: Balancer;
  readonly #registry: TargetRegistry;

  constructor(name: string, source: EndpointSource, balancer: Balancer, registry: TargetRegistry) {
    this.name = name;
    this.#source = source;
    this.#balancer = balancer;
    this.#registry = registry;
  }

  pick(tried: readonly Target[]): Target | undefined {
    const target = this.#best(tried);
    if (target !== undefined) this.#registry.trying(target);
    return target;
  }

  /**
   * The fallback comes before endpoints that failed to connect lately: a request makes few tries, and when all known
   * endpoints have moved away unheard of, it must not spend each of them on an address that is known to be dead.
   */
  #best(tried: readonly Target[]): Target | undefined {
    const { targets, fallback } = this.#source.current;
    const healthy = this.#balancer.choose(targets, tried, this.#registry);
    if (healthy !== undefined) return healthy;
    const fallbackLeft = fallback !== undefined && !tried.includes(fallback);
    if (fallbackLeft && !this.#registry.isAvoided(fallback)) return fallback;
    return this.#balancer.choose(targets, tried, undefined) ?? (fallbackLeft ? fallback : undefined);
  }
}
