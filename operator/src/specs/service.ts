/** The Service before the instances: a port for each listener. */
import type { DataPlane, Listener } from '@holdfast/api/data-plane.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { childMetadata, selectorLabels } from './child-metadata.ts';

/** What the port carries, for load balancers and meshes that look. */
const APP_PROTOCOLS = { HTTP: 'http' } as const satisfies Record<Listener['protocol'], string>;

export function buildService(dataPlane: DataPlane): UntypedObject {
  const { type, annotations, externalTrafficPolicy } = dataPlane.spec.service;
  const metadata = childMetadata(dataPlane);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    spec: {
      type,
      selector: selectorLabels(dataPlane.metadata),
      ports: dataPlane.spec.listeners.map(servicePort),
      ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
    },
  };
}

/** The target is a name: when the port in the pod changes, old and new pods of the rollout are both reached. */
function servicePort({ name, port, protocol, nodePort }: Listener): Record<string, unknown> {
  return {
    name,
    port,
    targetPort: name,
    protocol: 'TCP',
    appProtocol: APP_PROTOCOLS[protocol],
    ...(nodePort === undefined ? {} : { nodePort }),
  };
}
