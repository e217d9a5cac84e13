/** Writes the operator's part of a DataPlane's status where it has changed, and tells of it in Events. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { isApiError } from '@holdfast/kube/errors.ts';
import type { Happening } from '@holdfast/kube/events/event.ts';
import { objectKey } from '@holdfast/kube/objects/object.ts';
import { FIELD_MANAGER } from '../children/field-manager.ts';
import type { DesiredStatus } from '../status/data-plane-status.ts';
import { DATA_PLANES } from '../watches/resources.ts';
import { type OwnStatus, statusChange } from './status-change.ts';

export interface StatusWriterOptions {
  /** Fenced by leadership. */
  client: ApiClient;
  record: (happening: Happening) => void;
  /** For metrics. */
  onWrite: () => void;
}

/** An object as we wrote it, until the cache shows something newer than what we wrote it on. */
interface Written {
  on: string | undefined;
  object: DataPlane;
}

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #written = new Map<string, Written>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The newest that is known: a cache that is behind would make each write look undone, and be told of again. */
  latest(cached: DataPlane): DataPlane {
    const key = objectKey(cached.metadata);
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    const isBehind =
      written.on === cached.metadata.resourceVersion && written.object.metadata.uid === cached.metadata.uid;
    if (isBehind) return written.object;
    this.#written.delete(key);
    return cached;
  }

  async write(dataPlane: DataPlane, cached: DataPlane, desired: DesiredStatus): Promise<void> {
    const { status, isNew, happenings } = statusChange(dataPlane, desired, () => new Date());
    if (!isNew) return;
    const object = await this.#apply(dataPlane, status);
    if (object === undefined) return;
    const { resourceVersion } = cached.metadata;
    this.#written.set(objectKey(dataPlane.metadata), { on: resourceVersion, object });
    this.#options.onWrite();
    for (const happening of happenings) this.#options.record(happening);
  }

  forget(key: string): void {
    this.#written.delete(key);
  }

  /** Undefined where the DataPlane is gone, or another one of its name is there. */
  async #apply({ apiVersion, kind, metadata }: DataPlane, status: OwnStatus): Promise<DataPlane | undefined> {
    const { name, namespace, uid } = metadata;
    const object = { apiVersion, kind, metadata: { name, namespace, uid }, status };
    const options = { fieldManager: FIELD_MANAGER, force: true };
    try {
      return (await this.#options.client.applyStatus(DATA_PLANES, object, options)) as unknown as DataPlane;
    } catch (error) {
      if (isApiError(error, 'NotFound', 'Conflict')) return undefined;
      throw error;
    }
  }
}
