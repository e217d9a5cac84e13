/** Which object controls another: the one owner reference with `controller: true`. */
import type { KubeObject, OwnerReference } from './object.ts';

/** An object that exists, as far as owning others goes. */
export interface Owner {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; uid: string };
}

export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** By UID alone: an owner deleted and made anew under the same name is another one. */
export function isControlledBy(object: KubeObject, owner: Owner): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

export function controllerReference({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
