/** How far the Deployment has come towards what the spec wants. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { DeploymentObject, Observation } from './observation.ts';

export interface Rollout {
  wanted: number;
  /** Pods that exist. */
  replicas: number;
  ready: number;
  available: number;
  updated: number;
  /** The Deployment's controller has seen the newest spec, so the numbers are about it. */
  observed: boolean;
  /** All pods are new, available and as many as wanted. */
  complete: boolean;
  /** Why it does not come forward, where the Deployment has given up. */
  stalled: string | undefined;
}

export function rolloutOf({ dataPlane, deployment }: Pick<Observation, 'dataPlane' | 'deployment'>): Rollout {
  const wanted = dataPlane.spec.replicas;
  const status = deployment?.status ?? {};
  const {
    replicas = 0,
    readyReplicas: ready = 0,
    availableReplicas: available = 0,
    updatedReplicas: updated = 0,
  } = status;
  const observed = isObserved(deployment, dataPlane);
  const complete = observed && replicas === wanted && updated === wanted && available === wanted;
  return { wanted, replicas, ready, available, updated, observed, complete, stalled: stallOf(deployment) };
}

function isObserved(deployment: DeploymentObject | undefined, { spec }: DataPlane): boolean {
  if (deployment === undefined) return false;
  const { generation = 0 } = deployment.metadata;
  return (
    (deployment.status?.observedGeneration ?? -1) >= generation && deployment.spec.replicas === spec.replicas
  );
}

function stallOf(deployment: DeploymentObject | undefined): string | undefined {
  const progressing = deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
  return progressing?.status === 'False'
    ? (progressing.message ?? 'the Deployment does not progress')
    : undefined;
}
