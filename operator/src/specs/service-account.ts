/** The ServiceAccount of the instances. They never talk to the API server, so no token of it is mounted. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { childMetadata } from './child-metadata.ts';

export function buildServiceAccount(dataPlane: DataPlane): UntypedObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMetadata(dataPlane),
    automountServiceAccountToken: false,
  };
}
