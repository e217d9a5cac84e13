/** The objects that a reflector knows, and what has changed when it learns of others. */
import { type KubeObject, type ObjectName, objectKey } from '../objects/object.ts';

export type Change<T> =
  | { type: 'added'; object: T }
  | { type: 'updated'; object: T; previous: T }
  | { type: 'deleted'; object: T };

/** What users of a reflector see of its cache. Objects are frozen: one reader's change would be every reader's. */
export interface ObjectView<T> {
  readonly size: number;
  get(name: ObjectName): T | undefined;
  /** All, or those of one namespace. */
  list(namespace?: string): T[];
}

export class ObjectCache<T extends KubeObject> implements ObjectView<T> {
  readonly #objects = new Map<string, T>();

  get size(): number {
    return this.#objects.size;
  }

  get(name: ObjectName): T | undefined {
    return this.#objects.get(objectKey(name));
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** After a list: what is not in it was deleted while nobody watched. */
  replaceAll(objects: readonly T[]): Change<T>[] {
    const listed = new Set(objects.map(({ metadata }) => objectKey(metadata)));
    const changes: Change<T>[] = [];
    for (const [key, object] of this.#objects) {
      if (listed.has(key)) continue;
      this.#objects.delete(key);
      changes.push({ type: 'deleted', object });
    }
    for (const object of objects) changes.push(...this.put(object));
    return changes;
  }

  /** Nothing where it is known as it is. One deleted and made anew under the same name gives two changes. */
  put(object: T): Change<T>[] {
    const key = objectKey(object.metadata);
    const previous = this.#objects.get(key);
    if (previous !== undefined && isSame(previous, object)) return [];
    const kept = frozen(withoutManagedFields(object));
    this.#objects.set(key, kept);
    if (previous === undefined) return [{ type: 'added', object: kept }];
    if (previous.metadata.uid === object.metadata.uid) return [{ type: 'updated', object: kept, previous }];
    return [
      { type: 'deleted', object: previous },
      { type: 'added', object: kept },
    ];
  }

  /** The change carries the object's last state. */
  remove(object: T): Change<T>[] {
    if (!this.#objects.delete(objectKey(object.metadata))) return [];
    return [{ type: 'deleted', object: frozen(withoutManagedFields(object)) }];
  }
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

/** They are often the larger part of an object, and stale as soon as anybody writes. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function frozen<V>(value: V): V {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
