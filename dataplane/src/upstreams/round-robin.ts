/** RoundRobin: each target in its turn. */
import type { Target } from './backend.ts';
import { type Avoidance, type Balancer, isOpen } from './balancer.ts';

export class RoundRobin implements Balancer {
  /** Anywhere at first, or all workers would begin at the same target. */
  #next = Math.floor(Math.random() * 1_000_000);

  choose(targets: readonly Target[], tried: readonly Target[], avoidance: Avoidance): Target | undefined {
    for (let step = 0; step < targets.length; step++) {
      const index = (this.#next + step) % targets.length;
      const target = targets[index]!;
      if (!isOpen(target, tried, avoidance)) continue;
      this.#next = index + 1;
      return target;
    }
    return undefined;
  }
}
