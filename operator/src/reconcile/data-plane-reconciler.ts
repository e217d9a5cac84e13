/** Reconciles one DataPlane: fetch everything, gate, apply the children, write the status. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { Requeue } from '@holdfast/kube/controller/controller.ts';
import { describeError } from '@holdfast/kube/errors.ts';
import type { Happening } from '@holdfast/kube/events/event.ts';
import { type KubeObject, parseObjectKey } from '@holdfast/kube/objects/object.ts';
import type { Children } from '../children/children.ts';
import type { InstanceReader } from '../instances/instance-reader.ts';
import { desiredStatus } from '../status/data-plane-status.ts';
import type { PodObject } from '../status/observation.ts';
import type { Watches } from '../watches/watches.ts';
import { nextLookMs, podsOf } from './fleet-pods.ts';
import type { StatusWriter } from './status-writer.ts';

export interface ReconcilerParts {
  watches: Watches;
  children: Children;
  instances: InstanceReader;
  statuses: StatusWriter;
  record: (happening: Happening) => void;
}

interface Scene {
  /** As the cache has it. */
  cached: DataPlane;
  /** With the status that we wrote last. */
  dataPlane: DataPlane;
  pods: PodObject[];
  nodes: KubeObject[];
}

export class DataPlaneReconciler {
  readonly #parts: ReconcilerParts;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** The key is `NAMESPACE/NAME`. */
  async reconcile(key: string, signal: AbortSignal): Promise<Requeue | undefined> {
    const scene = this.#fetch(key);
    if (scene === undefined) return this.#forget(key);
    // Its children are deleted after it: what is made now would be left over.
    if (scene.dataPlane.metadata.deletionTimestamp !== undefined) return undefined;
    const failure = await this.#bring(key, scene, signal);
    if (failure === undefined) return { requeueAfterMs: nextLookMs(scene.pods.length, Math.random()) };
    const note = describeError(failure);
    this.#parts.record({
      regarding: scene.cached,
      type: 'Warning',
      reason: 'ReconcileFailed',
      action: 'Reconcile',
      note,
    });
    throw failure;
  }

  #fetch(key: string): Scene | undefined {
    const { watches, statuses } = this.#parts;
    const cached = watches.dataPlanes.get(parseObjectKey(key));
    if (cached === undefined) return undefined;
    const pods = podsOf(cached, watches.pods.list(cached.metadata.namespace));
    return { cached, dataPlane: statuses.latest(cached), pods, nodes: watches.nodes.list() };
  }

  #forget(key: string): undefined {
    this.#parts.children.forget(parseObjectKey(key));
    this.#parts.statuses.forget(key);
  }

  /** What failed and is worth another try. The status is written all the same: it tells how the instances are. */
  async #bring(
    key: string,
    { cached, dataPlane, pods, nodes }: Scene,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { children, instances, statuses } = this.#parts;
    const { obstacle, failure, ...found } = await children.bring(dataPlane);
    const observed = await instances.read(key, pods, signal);
    const desired = desiredStatus({
      dataPlane: failure === undefined ? dataPlane : notActedOn(dataPlane),
      ...found,
      pods: observed,
      nodes,
      ...(obstacle === undefined ? {} : { obstacle }),
    });
    await statuses.write(dataPlane, cached, desired);
    return failure;
  }
}

/** The status must not say of a spec that it was acted on when that has failed half-way. */
function notActedOn(dataPlane: DataPlane): DataPlane {
  const generation = dataPlane.status?.observedGeneration ?? 0;
  return { ...dataPlane, metadata: { ...dataPlane.metadata, generation } };
}
