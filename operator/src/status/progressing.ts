/** Progressing: pods are being replaced, added or removed. */
import type { Verdict } from './desired-condition.ts';
import type { Observation } from './observation.ts';
import type { Rollout } from './rollout.ts';

export function progressing({ obstacle }: Pick<Observation, 'obstacle'>, rollout: Rollout): Verdict {
  if (obstacle !== undefined) return { status: 'False', ...obstacle };
  const { wanted, replicas, available, updated, complete, stalled } = rollout;
  if (complete)
    return { status: 'False', reason: 'Complete', message: `all ${wanted} instances are as wanted` };
  if (stalled !== undefined) return { status: 'False', reason: 'Stalled', message: stalled };
  const message = `${wanted} instances are wanted: ${updated} of the present template, ${available} available, ${replicas} in all`;
  return { status: 'True', reason: 'RollingOut', message };
}
