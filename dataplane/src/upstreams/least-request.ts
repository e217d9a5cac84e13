/** LeastRequest: of two targets drawn at random, the one with fewer requests in flight. */
import type { Target } from './backend.ts';
import { type Avoidance, type Balancer, isOpen } from './balancer.ts';

export class LeastRequest implements Balancer {
  readonly #random: () => number;

  /** `random`: 0 or more, less than 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  choose(targets: readonly Target[], tried: readonly Target[], avoidance: Avoidance): Target | undefined {
    if (targets.length < 2) return this.#drawAmongOpen(targets, tried, avoidance);
    const first = this.#below(targets.length);
    let second = this.#below(targets.length - 1);
    if (second >= first) second++;
    const [a, b] = [targets[first]!, targets[second]!];
    if (isOpen(a, tried, avoidance) && isOpen(b, tried, avoidance)) return lessBusy(a, b);
    return this.#drawAmongOpen(targets, tried, avoidance);
  }

  /** Reservoir sampling: two of the open targets in one pass, each pair as likely as any other. */
  #drawAmongOpen(
    targets: readonly Target[],
    tried: readonly Target[],
    avoidance: Avoidance,
  ): Target | undefined {
    let a: Target | undefined;
    let b: Target | undefined;
    let seen = 0;
    for (const target of targets) {
      if (!isOpen(target, tried, avoidance)) continue;
      seen++;
      const place = seen <= 2 ? seen - 1 : this.#below(seen);
      if (place === 0) a = target;
      else if (place === 1) b = target;
    }
    if (a === undefined || b === undefined) return a;
    return this.#random() < 0.5 ? lessBusy(a, b) : lessBusy(b, a);
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

/** `a` where both are as busy: it was drawn first, which is random enough. */
function lessBusy(a: Target, b: Target): Target {
  return b.inFlight < a.inFlight ? b : a;
}
