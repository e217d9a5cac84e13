/** What the control plane sees of a cluster: every kind of object that it reads, each kept current by watches. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { CONFIGURATION_FOR_LABEL, DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { Watched, type WatchScope } from '@holdfast/kube/reflector/watched.ts';
import {
  CONFIG_MAPS,
  type ConfigMap,
  DATA_PLANES,
  ENDPOINT_SLICES,
  type EndpointSlice,
  SECRETS,
  SERVICES,
  type Secret,
  type Service,
} from './objects.ts';

export class ClusterView {
  readonly dataPlanes: Watched<DataPlane>;
  readonly configMaps: Watched<ConfigMap>;
  readonly secrets: Watched<Secret>;
  readonly services: Watched<Service>;
  readonly endpointSlices: Watched<EndpointSlice>;

  constructor(scope: WatchScope) {
    this.dataPlanes = new Watched({ ...scope, resource: DATA_PLANES });
    this.configMaps = new Watched({
      ...scope,
      resource: CONFIG_MAPS,
      labelSelector: CONFIGURATION_FOR_LABEL,
    });
    this.secrets = new Watched({ ...scope, resource: SECRETS, labelSelector: DATA_PLANE_LABEL });
    this.services = new Watched({ ...scope, resource: SERVICES });
    this.endpointSlices = new Watched({ ...scope, resource: ENDPOINT_SLICES });
  }

  get hasSynced(): boolean {
    return this.#all.every((watched) => watched.hasSynced);
  }

  /** Resolves when everything has been listed; rejects when stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#all.map((watched) => watched.synced()));
  }

  start(): void {
    for (const watched of this.#all) watched.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((watched) => watched.stop()));
  }

  get #all() {
    return [this.dataPlanes, this.configMaps, this.secrets, this.services, this.endpointSlices];
  }
}
