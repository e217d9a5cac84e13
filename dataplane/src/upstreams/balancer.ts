/** How a backend chooses among its targets, and which of them are open to a try. */
import type { PickContext, Target } from './backend.ts';
import type { TargetRegistry } from './target-registry.ts';

export interface Balancer {
  /** One of `targets` that is open, or undefined. The list is never changed. */
  choose(
    targets: readonly Target[],
    tried: readonly Target[],
    avoidance: Avoidance,
    request?: PickContext,
  ): Target | undefined;
}

/** Says which targets failed to connect lately; `undefined` where nothing is avoided. */
export type Avoidance = Pick<TargetRegistry, 'isAvoided'> | undefined;

export function isOpen(target: Target, tried: readonly Target[], avoidance: Avoidance): boolean {
  return !tried.includes(target) && avoidance?.isAvoided(target) !== true;
}
