/** The objects of one resource in the namespaces that are watched. */
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import type { Log } from '@holdfast/kube/log.ts';
import type { KubeObject, ObjectName } from '@holdfast/kube/objects/object.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';
import { type ChangeHandler, Reflector } from '@holdfast/kube/reflector/reflector.ts';

export interface WatchedOptions {
  client: ApiClient;
  /** Empty: all. */
  namespaces: readonly string[];
  log: Log;
}

export class Watched<T extends KubeObject> {
  readonly #reflectors: Reflector<T>[];

  /** `labelSelector` as the API server takes it. */
  constructor(resource: Resource, { client, namespaces, log }: WatchedOptions, labelSelector?: string) {
    const places = namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
    this.#reflectors = places.map(
      (namespace) => new Reflector<T>({ client, resource, namespace, labelSelector, log }),
    );
  }

  get hasSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.hasSynced);
  }

  /** Resolves when all are known; rejects when stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.synced));
  }

  get(name: ObjectName): T | undefined {
    for (const { cache } of this.#reflectors) {
      const object = cache.get(name);
      if (object !== undefined) return object;
    }
    return undefined;
  }

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

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }
}
