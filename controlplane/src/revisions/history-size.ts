/** What the ConfigRevisions of all DataPlanes take of the cluster's etcd, and whether that is too much. */

/** etcd takes 2 GiB by default, for everything in the cluster, and stops all writing when it is full. */
const MAX_BYTES = 256_000_000;

export class HistorySize {
  readonly #bytes = new Map<string, number>();
  readonly #onChange: (bytes: number) => void;
  #total = 0;

  constructor(onChange: (bytes: number) => void) {
    this.#onChange = onChange;
  }

  get isExceeded(): boolean {
    return this.#total > MAX_BYTES;
  }

  set(lineage: string, bytes: number): void {
    this.#change(lineage, bytes);
    this.#bytes.set(lineage, bytes);
  }

  forget(lineage: string): void {
    this.#change(lineage, 0);
    this.#bytes.delete(lineage);
  }

  #change(lineage: string, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(lineage) ?? 0);
    this.#onChange(this.#total);
  }
}
