/** ConfigMaps, the simplest objects that the API server keeps. */
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';

export const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const NAMESPACE = 'default';
const OPTIONS = { fieldManager: 'e2e' };

export function configMap(
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE, labels }, data };
}

export async function write(client: ApiClient, name: string, value: string, label: string): Promise<void> {
  await client.apply(CONFIG_MAPS, configMap(name, { value }, { test: label }), { ...OPTIONS, force: true });
}

export async function remove(client: ApiClient, name: string): Promise<void> {
  await client.delete(CONFIG_MAPS, { namespace: NAMESPACE, name });
}
