/** Random: each target as likely as any other, whatever it has to do. */
import type { Target } from './backend.ts';
import { type Avoidance, type Balancer, isOpen } from './balancer.ts';

export class RandomChoice implements Balancer {
  readonly #random: () => number;

  /** `random`: 0 or more, less than 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  choose(targets: readonly Target[], tried: readonly Target[], avoidance: Avoidance): Target | undefined {
    const drawn = targets[Math.floor(this.#random() * targets.length)];
    if (drawn === undefined || isOpen(drawn, tried, avoidance)) return drawn;
    return this.#drawAmongOpen(targets, tried, avoidance);
  }

  /** Taking the next one instead would give it the share of two. */
  #drawAmongOpen(
    targets: readonly Target[],
    tried: readonly Target[],
    avoidance: Avoidance,
  ): Target | undefined {
    let drawn: Target | undefined;
    let seen = 0;
    for (const target of targets) {
      if (!isOpen(target, tried, avoidance)) continue;
      seen++;
      if (this.#random() * seen < 1) drawn = target;
    }
    return drawn;
  }
}
