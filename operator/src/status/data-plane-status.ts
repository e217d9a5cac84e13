/** The status of a DataPlane as the operator writes it, computed from what is observed. Pure: the same observation, the same status. */
import type { DataPlaneStatus } from '@holdfast/api/data-plane-status.ts';
import { selectorLabels } from '../specs/child-metadata.ts';
import { addressesOf } from './addresses.ts';
import { available } from './available.ts';
import { configSynced } from './config-synced.ts';
import { controlPlaneConnected } from './control-plane-connected.ts';
import type { DesiredCondition, Verdict } from './desired-condition.ts';
import { type Fleet, fleetOf } from './fleet.ts';
import { highlyAvailable } from './highly-available.ts';
import { listInstances } from './instances.ts';
import type { Observation } from './observation.ts';
import { progressing } from './progressing.ts';
import { ready } from './ready.ts';
import { type Rollout, rolloutOf } from './rollout.ts';

/** `revision`, ConfigAccepted and ColdStartReady are the control plane's, and no part of it. */
export interface DesiredStatus extends Omit<Required<DataPlaneStatus>, 'revision' | 'conditions'> {
  conditions: DesiredCondition[];
}

export function desiredStatus(observation: Observation): DesiredStatus {
  const { dataPlane, service } = observation;
  const { generation } = dataPlane.metadata;
  const rollout = rolloutOf(observation);
  const fleet = fleetOf(observation);
  return {
    observedGeneration: generation,
    replicas: rollout.replicas,
    readyReplicas: rollout.ready,
    availableReplicas: rollout.available,
    updatedReplicas: rollout.updated,
    ready: `${rollout.ready}/${rollout.wanted}`,
    selector: selectorText(selectorLabels(dataPlane.metadata)),
    addresses: addressesOf(service),
    instances: listInstances(fleet.instances),
    conditions: conditionsOf(observation, fleet, rollout),
  };
}

function conditionsOf(observation: Observation, fleet: Fleet, rollout: Rollout): DesiredCondition[] {
  const { metadata, status } = observation.dataPlane;
  const enough = available(observation, rollout);
  const verdicts: Record<DesiredCondition['type'], Verdict> = {
    Ready: ready(observation, fleet, rollout, enough),
    Available: enough,
    Progressing: progressing(observation, rollout),
    ConfigSynced: configSynced(fleet, status?.revision),
    ControlPlaneConnected: controlPlaneConnected(fleet),
    HighlyAvailable: highlyAvailable(observation, fleet),
  };
  return Object.entries(verdicts).map(([type, verdict]) => ({
    type: type as DesiredCondition['type'],
    ...verdict,
    observedGeneration: metadata.generation,
  }));
}

function selectorText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
