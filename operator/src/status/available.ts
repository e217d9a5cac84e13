/** Available: enough instances are available, as the disruption budget counts. */
import type { IntOrString } from '@holdfast/api/int-or-string.ts';
import type { DesiredCondition, Verdict } from './desired-condition.ts';
import type { Observation } from './observation.ts';
import type { Rollout } from './rollout.ts';

/**
 * Becomes True when every wanted instance is available, and stays True while no more are missing than the disruption budget allows. With one
 * threshold it would either turn False in every node drain, or be True before a new fleet is up.
 */
export function available({ dataPlane }: Pick<Observation, 'dataPlane'>, rollout: Rollout): Verdict {
  const { wanted, available } = rollout;
  if (wanted === 0) return { status: 'True', reason: 'ScaledToZero', message: 'spec.replicas is 0' };
  const { maxUnavailable } = dataPlane.spec.availability.disruptionBudget;
  const was = dataPlane.status?.conditions?.find(
    ({ type }) => type === ('Available' satisfies DesiredCondition['type']),
  );
  const least = was?.status === 'True' ? Math.max(1, wanted - allowed(maxUnavailable, wanted)) : wanted;
  const message = `${available} of ${wanted} instances are available`;
  return available >= least
    ? { status: 'True', reason: 'EnoughInstances', message }
    : { status: 'False', reason: 'TooFewInstances', message: `${message}, and at least ${least} must be` };
}

/** A percentage is rounded up, as Kubernetes does for budgets. */
function allowed(maxUnavailable: IntOrString, wanted: number): number {
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return Math.ceil((Number.parseInt(maxUnavailable, 10) * wanted) / 100);
}
