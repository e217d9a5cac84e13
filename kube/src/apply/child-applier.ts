/** Brings the child objects of owners to what is intended, under one field manager, and touches nobody else's. */
import type { ApiClient } from '../client/api-client.ts';
import { isApiError, KubeError } from '../errors.ts';
import { type KubeObject, type ObjectName, objectKey } from '../objects/object.ts';
import { controllerOf, controllerReference, isControlledBy, type Owner } from '../objects/owner.ts';
import type { Resource } from '../objects/resource.ts';
import { appliedFields, asApplied } from './field-owner.ts';
import { extractFields, type FieldSet, sameJson } from './field-set.ts';

export type ApplyOutcome = 'created' | 'applied' | 'unchanged';

export interface Applied<T> {
  outcome: ApplyOutcome;
  /** As the server has it; where unchanged, as `current` was given. */
  object: T;
}

/** What the server made of an intent: defaulted, normalized, changed by admission. Drift is measured against it. */
interface Accepted {
  intent: string;
  uid: string;
  fields: FieldSet;
  values: unknown;
}

export interface ChildApplierOptions {
  /** Fenced by leadership where there is any. */
  client: ApiClient;
  /** Owns the fields of every child; never to be changed between versions, or the old name keeps its fields. */
  fieldManager: string;
}

/** How often an object that others change meanwhile is read again before the caller's queue has to try later. */
const ATTEMPTS = 4;

export class ChildApplier {
  readonly #client: ApiClient;
  readonly #fieldManager: string;
  /** By resource and key; one for each child that exists. */
  readonly #accepted = new Map<string, Accepted>();

  constructor({ client, fieldManager }: ChildApplierOptions) {
    this.#client = client;
    this.#fieldManager = fieldManager;
  }

  /**
   * Makes the child what `intent` says; fields that it leaves out are others'. With `current`, a child as a cache has it,
   * nothing is asked of the server where the intent is the one accepted before and its fields still have the accepted values.
   * Throws NOT_OWNED where an object of this name has another controller or none, CONTESTED, or an ApiError.
   */
  async apply<T extends KubeObject>(
    resource: Resource,
    intent: T,
    owner: Owner,
    current?: T | undefined,
  ): Promise<Applied<T>> {
    const owned = withController(intent, owner);
    const text = JSON.stringify(owned);
    if (current !== undefined && isControlledBy(current, owner) && this.#stands(resource, text, current)) {
      return { outcome: 'unchanged', object: current };
    }
    const applied = await this.#contest(resource, intent.metadata, () => this.#write(resource, owned, owner));
    this.#accept(resource, text, applied.object);
    return applied;
  }

  /** Deletes the child; true where there was one. Throws NOT_OWNED where the object of this name is someone else's. */
  async delete(resource: Resource, name: ObjectName, owner: Owner): Promise<boolean> {
    this.forget(resource, name);
    return this.#contest(resource, name, async () => {
      const live = await this.#client.find(resource, name);
      if (live === undefined) return false;
      this.#expectOwned(resource, live, owner);
      if (live.metadata.deletionTimestamp !== undefined) return true;
      const { uid, resourceVersion } = live.metadata;
      await this.#client
        .delete(resource, name, { preconditions: { uid, resourceVersion } })
        .catch(ignoreNotFound);
      return true;
    });
  }

  /** To be called when a child is gone. */
  forget(resource: Resource, name: ObjectName): void {
    this.#accepted.delete(keyOf(resource, name));
  }

  #stands(resource: Resource, intent: string, current: KubeObject): boolean {
    const accepted = this.#accepted.get(keyOf(resource, current.metadata));
    return (
      accepted !== undefined &&
      accepted.intent === intent &&
      accepted.uid === current.metadata.uid &&
      sameJson(extractFields(current, accepted.fields), accepted.values)
    );
  }

  #accept(resource: Resource, intent: string, object: KubeObject): void {
    const fields = appliedFields(object, this.#fieldManager);
    const key = keyOf(resource, object.metadata);
    if (fields === undefined || object.metadata.uid === undefined) {
      this.#accepted.delete(key);
      return;
    }
    const values = extractFields(object, fields);
    this.#accepted.set(key, { intent, uid: object.metadata.uid, fields, values });
  }

  async #write<T extends KubeObject>(resource: Resource, intent: T, owner: Owner): Promise<Applied<T>> {
    const live = await this.#client.find<T>(resource, intent.metadata);
    if (live === undefined) return { outcome: 'created', object: await this.#create(resource, intent) };
    this.#expectOwned(resource, live, owner);
    const settled = await this.#settleCreate(resource, live);
    // The UID makes it fail where the object that was looked at has been replaced by another.
    const metadata = { ...intent.metadata, uid: settled.metadata.uid };
    const options = { fieldManager: this.#fieldManager, force: true };
    return {
      outcome: 'applied',
      object: await this.#client.apply(resource, { ...intent, metadata } as T, options),
    };
  }

  /** By POST: an apply would merge into an object that someone else has made since we looked. */
  async #create<T extends KubeObject>(resource: Resource, intent: T): Promise<T> {
    const created = await this.#client.create(resource, intent, { fieldManager: this.#fieldManager });
    return this.#settleCreate(resource, created);
  }

  /** Also for a child whose creator did not come to it. */
  async #settleCreate<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const entries = asApplied(object, this.#fieldManager);
    if (entries === undefined) return object;
    return this.#client.setManagedFields(resource, object, entries, { fieldManager: this.#fieldManager });
  }

  #expectOwned(resource: Resource, live: KubeObject, owner: Owner): void {
    if (isControlledBy(live, owner)) return;
    const controller = controllerOf(live);
    const whose =
      controller === undefined ? 'nobody' : `${controller.kind} ${controller.name} (${controller.uid})`;
    const leaving = live.metadata.deletionTimestamp === undefined ? '' : ', and is being deleted';
    throw new KubeError(
      'NOT_OWNED',
      `${resource.kind} ${objectKey(live.metadata)} is controlled by ${whose}${leaving}; it is left as it is`,
    );
  }

  /** Looks again where the object is not any more what it was when it was looked at. */
  async #contest<R>(resource: Resource, name: ObjectName, attempt: () => Promise<R>): Promise<R> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!isStale(error)) throw error;
        if (attempts < ATTEMPTS) continue;
        const what = `${resource.kind} ${objectKey(name)}`;
        throw new KubeError('CONTESTED', `${what} was changed ${ATTEMPTS} times meanwhile`, { cause: error });
      }
    }
  }
}

/** What was looked at is not there any more. Invalid is said where an object of another UID has taken the place of the one looked at. */
function isStale(error: unknown): boolean {
  if (isApiError(error, 'Conflict', 'AlreadyExists')) return true;
  return isApiError(error, 'Invalid') && error.causes.some(({ field }) => field === 'metadata.uid');
}

/** It was deleted since it was looked at, which is what was wanted. */
function ignoreNotFound(error: unknown): void {
  if (!isApiError(error, 'NotFound')) throw error;
}

function withController<T extends KubeObject>(intent: T, owner: Owner): T {
  return { ...intent, metadata: { ...intent.metadata, ownerReferences: [controllerReference(owner)] } };
}

function keyOf({ group, plural }: Resource, name: ObjectName): string {
  return `${plural}.${group} ${objectKey(name)}`;
}
