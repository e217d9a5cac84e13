/** What was put and deleted since the last build, by key: the latest word on a key counts. */
import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';

export class StagedChanges {
  /** Text by key; undefined: deleted. */
  readonly resources = new Map<ResourceKey, string | undefined>();
  readonly facts = new Map<FactKey, string | undefined>();
  /** Whatever is not put here goes. */
  replacesAll = false;
  /** It was made to go on top of a change that was then refused; built all the same, it would be no known revision. */
  isOrphaned = false;
  #next: StagedChanges | undefined;

  reset(): void {
    this.resources.clear();
    this.facts.clear();
    this.replacesAll = true;
    this.isOrphaned = false;
  }

  /** Closes this one, which is built now, and opens the one for what comes meanwhile. */
  close(): StagedChanges {
    this.#next = new StagedChanges();
    return this.#next;
  }

  /** The build of this one failed. */
  refuse(): void {
    this.#next?.baseRefused();
  }

  protected baseRefused(): void {
    const isBegun = this.#next !== undefined || this.resources.size > 0 || this.facts.size > 0;
    if (isBegun && !this.replacesAll) this.isOrphaned = true;
  }
}
