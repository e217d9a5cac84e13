/** The revisions of one scope in memory: what each looks like to instances of each schema level. */
import { projectToLevel, SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { ConfigurationProblem, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import type {
  DigestedResource,
  ResourceSet,
  Revision,
  RevisionId,
} from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import type { RolloutReason } from '../rollout/rollout.ts';
import type { FateReason, RevisionFate } from './revision-fate.ts';
import type { StoredRevision } from './revision-file.ts';
import { HISTORY_LIMIT } from './revision-store.ts';

/** What an instance of one level is sent of a revision, or why it is sent nothing. */
export type Projection =
  | { revision: Revision; withheld?: undefined }
  | { revision?: undefined; withheld: ConfigurationProblem[] };

export class RetainedRevision {
  readonly id: RevisionId;
  readonly createdAt: string;
  readonly resources: ResourceSet;
  #fate: RevisionFate;
  readonly #projections = new Map<number, Projection>();

  constructor({ id, resources, createdAt, fate }: StoredRevision) {
    this.#fate = fate ?? { phase: 'Pending', since: createdAt, reason: 'New', message: '', reasons: [] };
    this.id = id;
    this.resources = resources;
    this.createdAt = createdAt;
  }

  get fate(): RevisionFate {
    return this.#fate;
  }

  become(
    phase: RevisionFate['phase'],
    reason: FateReason | RolloutReason,
    message: string,
    reasons: Reason[] = [],
  ): void {
    const since = phase === this.#fate.phase ? this.#fate.since : new Date().toISOString();
    this.#fate = { phase, since, reason, message, reasons };
  }

  /** Computed once a level. Levels above the newest are the newest. */
  projection(level: number): Projection {
    const known = Math.min(level, SCHEMA_LEVEL);
    let projection = this.#projections.get(known);
    if (projection === undefined) {
      projection = this.#project(known);
      this.#projections.set(known, projection);
    }
    return projection;
  }

  /** The resources that have this hash at any level, if some do. */
  resourcesOf(hash: string): ResourceSet | undefined {
    if (this.id.hash === hash) return this.resources;
    for (let level = 1; level < SCHEMA_LEVEL; level++) {
      const { revision } = this.projection(level);
      if (revision?.id.hash === hash) return revision.resources;
    }
    return undefined;
  }

  #project(level: number): Projection {
    const { resources, withheld } = projectToLevel(this.resources, level);
    if (resources === undefined) return { withheld };
    if (resources === this.resources) return { revision: this };
    return { revision: { id: { ...this.id, hash: hashResources(resources) }, resources } };
  }
}

/** How many revisions are kept, and which beyond that. */
export interface Retention {
  /** 1 or more. */
  limit(): number;
  /** Somebody names it. */
  isPinned(sequence: number): boolean;
}

const DEFAULT_RETENTION: Retention = { limit: () => HISTORY_LIMIT, isPinned: () => false };

export class History {
  readonly #retention: Retention;
  /** Oldest first. */
  #revisions: RetainedRevision[] = [];
  #current: RetainedRevision | undefined;

  constructor(retention: Retention = DEFAULT_RETENTION) {
    this.#retention = retention;
  }

  /** The one that was promoted last: what instances should serve. */
  get current(): RetainedRevision | undefined {
    return this.#current;
  }

  get newest(): RetainedRevision | undefined {
    return this.#revisions.at(-1);
  }

  get revisions(): readonly RetainedRevision[] {
    return this.#revisions;
  }

  add(revision: StoredRevision): RetainedRevision {
    const resources = shareUnchanged(this.newest?.resources, revision.resources);
    const added = new RetainedRevision({ ...revision, resources });
    this.#revisions.push(added);
    this.#evict();
    return added;
  }

  promote(revision: RetainedRevision): void {
    this.#current = revision;
  }

  #evict(): void {
    const newest = this.#revisions.slice(-this.#retention.limit());
    this.#revisions = this.#revisions.filter((kept) => {
      return newest.includes(kept) || kept === this.#current || this.#retention.isPinned(kept.id.sequence);
    });
  }

  find(sequence: number): RetainedRevision | undefined {
    return this.#revisions.find(({ id }) => id.sequence === sequence);
  }

  /**
   * What an instance that has `have` serves, as the start of a delta. Found by hash alone: the same content under
   * another lineage (of a store that was lost) needs no snapshot.
   */
  baseOf(have: RevisionId): ResourceSet | undefined {
    for (const revision of this.#revisions.toReversed()) {
      const resources = revision.resourcesOf(have.hash);
      if (resources !== undefined) return resources;
    }
    return undefined;
  }
}

/** Ten revisions of 50,000 routes would otherwise be held in memory ten times. */
function shareUnchanged(previous: ResourceSet | undefined, next: ResourceSet): ResourceSet {
  if (previous === undefined) return next;
  const shared = new Map<ResourceKey, DigestedResource>();
  for (const [key, digested] of next) {
    const known = previous.get(key);
    shared.set(key, known?.digest === digested.digest ? known : digested);
  }
  return shared;
}
