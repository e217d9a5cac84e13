/** The resources that the operator reads and writes. */
import { GROUP, VERSION } from '@holdfast/api/group.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';

export const DATA_PLANES = resource(GROUP, VERSION, 'dataplanes', 'DataPlane');
export const SERVICE_ACCOUNTS = resource('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const SECRETS = resource('', 'v1', 'secrets', 'Secret');
export const SERVICES = resource('', 'v1', 'services', 'Service');
export const PODS = resource('', 'v1', 'pods', 'Pod');
export const NODES: Resource = { ...resource('', 'v1', 'nodes', 'Node'), namespaced: false };
export const DEPLOYMENTS = resource('apps', 'v1', 'deployments', 'Deployment');
export const CONTROLLER_REVISIONS = resource('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const DISRUPTION_BUDGETS = resource('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');

function resource(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}
