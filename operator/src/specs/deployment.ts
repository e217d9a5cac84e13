/** The Deployment: how many instances, and how a rollout replaces them. The pod template is made in `pod-template.ts`. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { childMetadata, selectorLabels } from './child-metadata.ts';
import type { PodTemplate } from './pod-template.ts';

/** An instance that dies of its first real traffic must stop the rollout, not be followed by the next one. */
const MIN_READY_SECONDS = 10;
/** Without progress for this long the rollout counts as stalled. Pulling the image is part of it. */
const PROGRESS_DEADLINE_SECONDS = 600;

/**
 * By default the new pod comes first (maxUnavailable 0): a fleet of two would otherwise serve with one. There is room for it although
 * nodes are spread over strictly: the spread counts the pods of one template only.
 */
export function buildDeployment(dataPlane: DataPlane, template: PodTemplate): UntypedObject {
  const { maxSurge, maxUnavailable } = dataPlane.spec.availability.rollingUpdate;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(dataPlane),
    spec: {
      // Always there: an apply that leaves it out sets it to 1.
      replicas: dataPlane.spec.replicas,
      selector: { matchLabels: selectorLabels(dataPlane.metadata) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      minReadySeconds: MIN_READY_SECONDS,
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      template,
    },
  };
}
