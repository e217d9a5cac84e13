/** The objects of a cluster that the control plane reads and writes: what they are called, and the fields it looks at. */
import { GROUP, VERSION } from '@holdfast/api/group.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';

export const DATA_PLANES = resource(GROUP, VERSION, 'dataplanes', 'DataPlane');
export const CONFIG_REVISIONS = resource(GROUP, VERSION, 'configrevisions', 'ConfigRevision');
export const CONFIG_MAPS = resource('', 'v1', 'configmaps', 'ConfigMap');
export const SECRETS = resource('', 'v1', 'secrets', 'Secret');
export const SERVICES = resource('', 'v1', 'services', 'Service');
export const ENDPOINT_SLICES = resource('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');

/** On an EndpointSlice: the name of its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export interface Secret extends KubeObject {
  /** Base64 */
  data?: Record<string, string>;
}

export interface Service extends KubeObject {
  spec?: {
    /** `None` where it is headless. */
    clusterIP?: string;
    /** The first is that of `clusterIP`. */
    ipFamilies?: string[];
    ports?: { name?: string; port: number; protocol?: string }[];
  };
}

export interface EndpointSlice extends KubeObject {
  addressType?: 'IPv4' | 'IPv6' | 'FQDN';
  endpoints?: SliceEndpoint[] | null;
  ports?: { name?: string; port?: number; protocol?: string }[] | null;
}

export interface SliceEndpoint {
  addresses: string[];
  /** `ready` absent counts as ready. */
  conditions?: { ready?: boolean };
  targetRef?: { kind?: string; name?: string };
  zone?: string;
}

function resource(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}
