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
  readonly #projections = new Map<number, Projection>();

  constructor({ id, resources, createdAt }: StoredRevision) {
    this.id = id;
    this.resources = resources;
    this.createdAt = createdAt;
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

  constructor(retention: Retention = DEFAULT_RETENTION) {
    this.#retention = retention;
  }

  get current(): RetainedRevision | undefined {
    return this.#revisions.at(-1);
  }

  get revisions(): readonly RetainedRevision[] {
    return this.#revisions;
  }

  add(revision: StoredRevision): void {
    const resources = shareUnchanged(this.current?.resources, revision.resources);
    this.#revisions.push(new RetainedRevision({ ...revision, resources }));
    const newest = this.#revisions.slice(-this.#retention.limit());
    this.#revisions = this.#revisions.filter(
      (kept) => newest.includes(kept) || this.#retention.isPinned(kept.id.sequence),
    );
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
