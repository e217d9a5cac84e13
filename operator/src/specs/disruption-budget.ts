/** The PodDisruptionBudget: what a node drain may take at a time. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { childMetadata, selectorLabels } from './child-metadata.ts';

export function buildDisruptionBudget(dataPlane: DataPlane): UntypedObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMetadata(dataPlane),
    spec: {
      selector: { matchLabels: selectorLabels(dataPlane.metadata) },
      maxUnavailable: dataPlane.spec.availability.disruptionBudget.maxUnavailable,
      // By default a pod that never became ready, as one without configuration, blocks the drain of its node for ever.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
