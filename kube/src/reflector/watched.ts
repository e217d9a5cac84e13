/** The objects of one resource in all watched namespaces: one reflector for the cluster, or one a namespace. */
import type { ApiClient } from '../client/api-client.ts';
import type { Log } from '../log.ts';
import type { KubeObject, ObjectName } from '../objects/object.ts';
import type { Resource } from '../objects/resource.ts';
import { type ChangeHandler, Reflector, type ReflectorCounts } from './reflector.ts';

/** What all that a program watches has in common. */
export interface WatchScope {
  client: ApiClient;
  /** Empty: all. Of no meaning where the resource is cluster-wide. */
  namespaces: readonly string[];
  log: Log;
}

export interface WatchedOptions extends WatchScope {
  resource: Resource;
  /** As the API server takes it. */
  labelSelector?: string | undefined;
}

export class Watched<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly #reflectors: Reflector<T>[];

  constructor({ client, resource, namespaces, labelSelector, log }: WatchedOptions) {
    this.resource = resource;
    const places = resource.namespaced && namespaces.length > 0 ? namespaces : [undefined];
    this.#reflectors = places.map(
      (namespace) => new Reflector<T>({ client, resource, namespace, labelSelector, log }),
    );
  }

  get hasSynced(): boolean {
    return this.#reflectors.every(({ hasSynced }) => hasSynced);
  }

  /** Of each reflector, since the start. */
  get counts(): ReflectorCounts[] {
    return this.#reflectors.map(({ counts }) => counts);
  }

  get(name: ObjectName): T | undefined {
    for (const { cache } of this.#reflectors) {
      const object = cache.get(name);
      if (object !== undefined) return object;
    }
    return undefined;
  }

  /** All, or those of one namespace. */
  list(namespace?: string): T[] {
    return this.#reflectors.flatMap(({ cache }) => cache.list(namespace));
  }

  /** What is known already comes as `added` at once. The result takes the handler away again. */
  onChange(handler: ChangeHandler<T>): () => void {
    const ends = this.#reflectors.map((reflector) => reflector.onChange(handler));
    return () => {
      for (const end of ends) end();
    };
  }

  start(): void {
    for (const reflector of this.#reflectors) reflector.start();
  }

  /** Rejects when stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ synced }) => synced));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }
}
