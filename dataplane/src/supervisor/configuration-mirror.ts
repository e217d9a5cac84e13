/** What the instance serves, as texts that the supervisor never parses, with the way back to the last good revision. */
import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import { type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { RevisionOrigin } from '@holdfast/protocol/status/status-document.ts';
import type { Transaction } from './agent-messages.ts';

/** Keys whose text changed, came or went. */
export interface Changes {
  resources: Iterable<ResourceKey>;
  facts: Iterable<FactKey>;
}

export interface MirroredRevision {
  id: RevisionId;
  origin: RevisionOrigin;
  trial: boolean;
}

/**
 * The way back costs what the change costs, not what the configuration costs: it holds the earlier text of each key
 * that changed since the last good revision. Facts are not part of a revision and keep their newest text, but one that
 * went with the refused revision comes back: a backend of the last good one may need it.
 */
export class ConfigurationMirror {
  readonly resources = new Map<ResourceKey, string>();
  readonly facts = new Map<FactKey, string>();
  #current: MirroredRevision | null = null;
  #lastGood: MirroredRevision | null = null;
  readonly #earlierResources = new Map<ResourceKey, string | undefined>();
  readonly #deletedFacts = new Map<FactKey, string>();

  /** What the workers have or are getting. */
  get current(): MirroredRevision | null {
    return this.#current;
  }

  /** What every serving worker has confirmed, on trial or not, and what a refused revision falls back to. */
  get lastGood(): MirroredRevision | null {
    return this.#lastGood;
  }

  apply(transaction: Transaction): Changes {
    const changes = { resources: new Set<ResourceKey>(), facts: new Set<FactKey>() };
    const { revision, origin, trial } = transaction;
    for (const [key, text] of transaction.putResources) this.#putResource(key, text, changes.resources);
    for (const key of this.#goneResources(transaction)) this.#putResource(key, undefined, changes.resources);
    for (const [key, text] of transaction.putFacts) this.#putFact(key, text, changes.facts);
    for (const key of this.#goneFacts(transaction)) this.#deleteFact(key, changes.facts);
    this.#current = revision === null ? null : { id: revision, origin, trial };
    return changes;
  }

  /** It serves and is on trial no more. */
  promote(revision: RevisionId): void {
    for (const mirrored of [this.#current, this.#lastGood])
      if (mirrored !== null && sameRevision(mirrored.id, revision)) mirrored.trial = false;
  }

  /** The current revision is the last good one from now on. */
  confirm(): void {
    this.#lastGood = this.#current;
    this.#earlierResources.clear();
    this.#deletedFacts.clear();
  }

  /** Back to the last good revision, or to none where there is none. */
  revert(): Changes {
    const changes = { resources: [...this.#earlierResources.keys()], facts: [...this.#deletedFacts.keys()] };
    for (const [key, text] of this.#earlierResources) setOrDelete(this.resources, key, text);
    for (const [key, text] of this.#deletedFacts) this.facts.set(key, text);
    this.#current = this.#lastGood;
    this.confirm();
    return changes;
  }

  #putResource(key: ResourceKey, text: string | undefined, changed: Set<ResourceKey>): void {
    const earlier = this.resources.get(key);
    if (earlier === text) return;
    if (!this.#earlierResources.has(key)) this.#earlierResources.set(key, earlier);
    setOrDelete(this.resources, key, text);
    changed.add(key);
  }

  #putFact(key: FactKey, text: string, changed: Set<FactKey>): void {
    this.#deletedFacts.delete(key);
    if (this.facts.get(key) === text) return;
    this.facts.set(key, text);
    changed.add(key);
  }

  #deleteFact(key: FactKey, changed: Set<FactKey>): void {
    const earlier = this.facts.get(key);
    if (earlier === undefined) return;
    this.#deletedFacts.set(key, earlier);
    this.facts.delete(key);
    changed.add(key);
  }

  #goneResources({ complete, putResources, deleteResources }: Transaction): Iterable<ResourceKey> {
    return complete ? missingFrom(putResources, this.resources) : deleteResources;
  }

  #goneFacts({ complete, putFacts, deleteFacts }: Transaction): Iterable<FactKey> {
    return complete ? missingFrom(putFacts, this.facts) : deleteFacts;
  }
}

function missingFrom<K>(put: readonly [K, string][], known: ReadonlyMap<K, string>): K[] {
  const kept = new Set(put.map(([key]) => key));
  return [...known.keys()].filter((key) => !kept.has(key));
}

function setOrDelete<K>(map: Map<K, string>, key: K, text: string | undefined): void {
  if (text === undefined) map.delete(key);
  else map.set(key, text);
}
