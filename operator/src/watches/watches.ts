/** Everything that the operator watches, and which DataPlane each change concerns. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { type KubeObject, objectKey, type UntypedObject } from '@holdfast/kube/objects/object.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';
import type { Change } from '@holdfast/kube/reflector/object-cache.ts';
import { Watched, type WatchScope } from '@holdfast/kube/reflector/watched.ts';
import type { DeploymentObject, PodObject, ServiceObject } from '../status/observation.ts';
import { dataPlaneKeys } from './data-plane-key.ts';
import {
  CONTROLLER_REVISIONS,
  DATA_PLANES,
  DEPLOYMENTS,
  DISRUPTION_BUDGETS,
  NODES,
  PODS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from './resources.ts';

export class Watches {
  readonly dataPlanes: Watched<DataPlane>;
  readonly serviceAccounts: Watched<UntypedObject>;
  readonly secrets: Watched<UntypedObject>;
  readonly services: Watched<UntypedObject & ServiceObject>;
  readonly deployments: Watched<UntypedObject & DeploymentObject>;
  readonly disruptionBudgets: Watched<UntypedObject>;
  readonly templates: Watched<UntypedObject>;
  readonly pods: Watched<PodObject>;
  readonly nodes: Watched;
  readonly #scope: WatchScope;

  constructor(scope: WatchScope) {
    this.#scope = scope;
    this.dataPlanes = this.#watch(DATA_PLANES);
    this.serviceAccounts = this.#watchLabelled(SERVICE_ACCOUNTS);
    this.secrets = this.#watchLabelled(SECRETS);
    this.services = this.#watchLabelled(SERVICES);
    this.deployments = this.#watchLabelled(DEPLOYMENTS);
    this.disruptionBudgets = this.#watchLabelled(DISRUPTION_BUDGETS);
    this.templates = this.#watchLabelled(CONTROLLER_REVISIONS);
    this.pods = this.#watchLabelled(PODS);
    this.nodes = this.#watch(NODES);
  }

  get all(): Watched<KubeObject>[] {
    return [...this.#ofDataPlanes, this.dataPlanes, this.nodes] as Watched<KubeObject>[];
  }

  get hasSynced(): boolean {
    return this.all.every(({ hasSynced }) => hasSynced);
  }

  start(): void {
    for (const watched of this.all) watched.start();
  }

  /** Rejects when stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.all.map((watched) => watched.synced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((watched) => watched.stop()));
  }

  /**
   * `enqueue` gets the key of each DataPlane that there is, and of each that a change concerns from now on. Nodes are left out: the
   * status is looked at every few seconds anyway, and a node changes more often than its zone.
   */
  onConcerned(enqueue: (key: string) => void): () => void {
    const ends = [
      this.dataPlanes.onChange(({ object }) => enqueue(objectKey(object.metadata))),
      ...this.#ofDataPlanes.map((watched) =>
        watched.onChange((change: Change<KubeObject>) => {
          for (const key of concerned(change)) enqueue(key);
        }),
      ),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  get #ofDataPlanes(): Watched<KubeObject>[] {
    const { serviceAccounts, secrets, services, deployments, disruptionBudgets, templates, pods } = this;
    return [
      serviceAccounts,
      secrets,
      services,
      deployments,
      disruptionBudgets,
      templates,
      pods,
    ] as unknown as Watched<KubeObject>[];
  }

  #watch<T extends KubeObject>(resource: Resource, labelSelector?: string): Watched<T> {
    return new Watched<T>({ ...this.#scope, resource, labelSelector });
  }

  /** The label keeps the rest of the cluster out of memory, and other people's Secrets out of the process. */
  #watchLabelled<T extends KubeObject>(resource: Resource): Watched<T> {
    return this.#watch(resource, DATA_PLANE_LABEL);
  }
}

function concerned(change: Change<KubeObject>): string[] {
  const before = change.type === 'updated' ? dataPlaneKeys(change.previous) : [];
  return [...new Set([...before, ...dataPlaneKeys(change.object)])];
}
