/** Ready: it serves as it is wanted. The control plane may be away: it changes nothing here (I2). */
import { CONFIGURATION_FOR_LABEL } from '@holdfast/api/labels.ts';
import type { Verdict } from './desired-condition.ts';
import type { Fleet } from './fleet.ts';
import { count } from './name-list.ts';
import type { Observation } from './observation.ts';
import type { Rollout } from './rollout.ts';

export function ready(
  { dataPlane, obstacle }: Pick<Observation, 'dataPlane' | 'obstacle'>,
  fleet: Fleet,
  rollout: Rollout,
  available: Verdict,
): Verdict {
  if (obstacle !== undefined) return { status: 'False', ...obstacle };
  if (available.status === 'False') {
    return isWithoutConfiguration(dataPlane, fleet)
      ? { status: 'False', reason: 'NoConfiguration', message: whatToCreate(dataPlane, fleet) }
      : { status: 'False', reason: 'Unavailable', message: available.message };
  }
  if (!rollout.observed) {
    return {
      status: 'Unknown',
      reason: 'NotObserved',
      message: 'the newest spec has not reached the pods yet',
    };
  }
  if (rollout.wanted === 0) return available;
  return { status: 'True', reason: 'Serving', message: available.message };
}

/** Last good revisions count: instances that kept one serve, whatever became of what was published. */
function isWithoutConfiguration({ status }: Observation['dataPlane'], { instances }: Fleet): boolean {
  return (
    status?.revision === undefined && instances.every(({ document }) => (document?.revision ?? null) === null)
  );
}

function whatToCreate({ metadata, status }: Observation['dataPlane'], { instances }: Fleet): string {
  const accepted = status?.conditions?.find(({ type }) => type === 'ConfigAccepted');
  const parts = [
    accepted?.status === 'False' && accepted.reason !== 'NoConfiguration'
      ? `no configuration has been accepted yet: ${accepted.message}`
      : `nothing has been published yet: create a ConfigMap in the namespace ${metadata.namespace} with the label ${CONFIGURATION_FOR_LABEL}: ${metadata.name}`,
  ];
  const apart = instances.filter(({ document }) => document?.controlPlane.connected === false);
  if (apart.length > 0)
    parts.push(`${count(apart.length, 'instance')} without a stream to the control plane`);
  return parts.join('; ');
}
