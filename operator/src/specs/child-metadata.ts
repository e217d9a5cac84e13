/** Names, labels and owner of the children of a DataPlane. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import type { ObjectMeta } from '@holdfast/kube/objects/object.ts';
import { controllerReference } from '@holdfast/kube/objects/owner.ts';

/** Which DataPlane: all that names, labels and arguments are made from. */
export type Identity = Pick<DataPlane['metadata'], 'namespace' | 'name'>;

export type Labels = Record<string, string>;

/** A Deployment's selector can never be changed, so these never change either. */
export function selectorLabels({ name }: Identity): Labels {
  return { 'app.kubernetes.io/name': 'holdfast-dataplane', 'app.kubernetes.io/instance': name };
}

/** The same for every version: a label with the version would restart all pods with each upgrade. */
export function childLabels(identity: Identity): Labels {
  return {
    ...selectorLabels(identity),
    'app.kubernetes.io/component': 'data-plane',
    'app.kubernetes.io/part-of': 'holdfast',
    'app.kubernetes.io/managed-by': 'holdfast-operator',
    [DATA_PLANE_LABEL]: identity.name,
  };
}

/** Of the child that is named as the DataPlane, or of the one named `name`. */
export function childMetadata(dataPlane: DataPlane, name = dataPlane.metadata.name): ObjectMeta {
  return {
    name,
    namespace: dataPlane.metadata.namespace,
    labels: childLabels(dataPlane.metadata),
    ownerReferences: [controllerReference(dataPlane)],
  };
}
