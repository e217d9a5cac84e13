/** Which DataPlane an object belongs to. */
import { GROUP } from '@holdfast/api/group.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { type KubeObject, objectKey } from '@holdfast/kube/objects/object.ts';
import { controllerOf } from '@holdfast/kube/objects/owner.ts';

/** Keys for the queue: by the controller and by the label, which differ where somebody changed one of them. */
export function dataPlaneKeys(object: KubeObject): string[] {
  const { namespace, labels } = object.metadata;
  const controller = controllerOf(object);
  const names = [labels?.[DATA_PLANE_LABEL]];
  if (controller?.kind === 'DataPlane' && controller.apiVersion.startsWith(`${GROUP}/`)) {
    names.push(controller.name);
  }
  const known = names.filter((name) => name !== undefined && name !== '');
  return [...new Set(known)].map((name) => objectKey({ namespace, name: name! }));
}
