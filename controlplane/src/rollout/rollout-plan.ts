/** How a new revision goes to the instances of a DataPlane: all at once, or in steps with gates between them. */
import type { RolloutSettings } from '@holdfast/api/data-plane.ts';
import { parseDuration } from '@holdfast/protocol/values/duration.ts';
import type { Gates } from './gates.ts';

export interface RolloutPlan {
  soakMs: number;
  gates: Gates;
  /** What it is tried on one after the other, the last before it is promoted, of so many instances. */
  stages(instances: number): number[];
}

/** From so many instances on a rollout is progressive unless the DataPlane says otherwise: below, one canary is half of the fleet or all of it. */
const PROGRESSIVE_FROM = 3;

/** Undefined: all at once. */
export function rolloutPlan(settings: RolloutSettings, instances: number): RolloutPlan | undefined {
  const { strategy, canary, soak, steps, gates } = settings;
  const progressive = strategy === undefined ? instances >= PROGRESSIVE_FROM : strategy === 'Progressive';
  if (!progressive) return undefined;
  const percents = steps.toSorted((a, b) => a - b);
  return {
    soakMs: parseDuration(soak) ?? 0,
    gates: { ...gates.errors, littleTraffic: gates.littleTraffic },
    stages: (total) => {
      const first = canary.instances;
      const canaries = typeof first === 'number' ? first : shareOf(total, Number.parseInt(first, 10));
      const counts = [canaries, ...percents.map((percent) => shareOf(total, percent))];
      return counts.map((count) => Math.min(count, total));
    },
  };
}

/** Rounded up. */
function shareOf(total: number, percent: number): number {
  return Math.ceil((total * percent) / 100);
}
