/** The Secret with the token by which the control plane knows the instances of a DataPlane. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { childMetadata, type Identity } from './child-metadata.ts';

/** Key of the Secret, and so name of the file in the pod. */
export const TOKEN_KEY = 'token';

export function tokenSecretName({ name }: Identity): string {
  return `${name}-token`;
}

/** `token` as text; the caller makes one when there is none, and keeps the one that is there. */
export function buildTokenSecret(dataPlane: DataPlane, token: string): UntypedObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: childMetadata(dataPlane, tokenSecretName(dataPlane.metadata)),
    type: 'Opaque',
    data: { [TOKEN_KEY]: Buffer.from(token).toString('base64') },
  };
}
