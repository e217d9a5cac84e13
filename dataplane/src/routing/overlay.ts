/** A map with changes laid over it, so that work that fails half way has changed nothing. */
export class Overlay<K, V> {
  readonly #base: Map<K, V>;
  /** Undefined: deleted. */
  readonly #changes = new Map<K, V | undefined>();

  constructor(base: Map<K, V>) {
    this.#base = base;
  }

  get isChanged(): boolean {
    return this.#changes.size > 0;
  }

  changes(key: K): boolean {
    return this.#changes.has(key);
  }

  get(key: K): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  set(key: K, value: V): void {
    this.#changes.set(key, value);
  }

  delete(key: K): void {
    if (this.#base.has(key)) this.#changes.set(key, undefined);
    else this.#changes.delete(key);
  }

  changedKeys(): IterableIterator<K> {
    return this.#changes.keys();
  }

  /** Writes the changes through to the map below, one a step. */
  *settle(): IterableIterator<K> {
    for (const [key, value] of this.#changes) {
      if (value === undefined) this.#base.delete(key);
      else this.#base.set(key, value);
      yield key;
    }
  }
}
