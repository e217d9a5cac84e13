/** What an instance finds beside the stream when it starts, in its cache and in its bootstrap: the newest counts first. */
import type { Fact } from '@holdfast/protocol/facts/facts.ts';
import { type Revision, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { RevisionOrigin } from '@holdfast/protocol/status/status-document.ts';
import { type FactTable, factTable } from './fact-table.ts';

export interface LocalFind {
  type: Exclude<RevisionOrigin, 'stream'>;
  /** Each part only if it is there and undamaged. */
  revision?: Revision;
  facts?: Fact[];
}

/** A revision with where it came from. */
export interface Candidate {
  revision: Revision;
  origin: RevisionOrigin;
}

export class LocalFinds {
  /** Those whose revision has not been taken, the newest first. */
  #candidates: Candidate[] = [];
  #finds: LocalFind[] = [];

  add(find: LocalFind): void {
    const { type: origin, revision } = find;
    this.#finds = [...this.#finds.filter(({ type }) => type !== origin), find].sort(byAge);
    const others = this.#candidates.filter((candidate) => candidate.origin !== origin);
    this.#candidates = revision ? [...others, { revision, origin }].sort(newestFirst) : others;
  }

  /** Takes the newest away, if it is newer than what serves. What the stream brought is never replaced. */
  take(serving: Candidate | undefined): Candidate | undefined {
    const candidate = this.#candidates.shift();
    if (candidate === undefined || serving === undefined) return candidate;
    const same = sameRevision(candidate.revision.id, serving.revision.id);
    if (serving.origin !== 'stream' && !same && newestFirst(candidate, serving) < 0) return candidate;
    this.#candidates = [];
    return undefined;
  }

  /** Of a fact that several have, the one beside the newest revision. */
  get facts(): FactTable {
    return factTable(this.#finds.flatMap(({ facts = [] }) => facts));
  }
}

/** Where no sequence says which: what this instance took from a control plane itself goes before what was laid beside it. */
function newestFirst(a: Candidate, b: Candidate): number {
  const [left, right] = [a.revision.id, b.revision.id];
  const bySequence = left.lineage === right.lineage ? right.sequence - left.sequence : 0;
  return bySequence || Number(b.origin === 'disk') - Number(a.origin === 'disk');
}

/** The newest last; facts without a revision say the least of their age. */
function byAge(a: LocalFind, b: LocalFind): number {
  if (!a.revision || !b.revision) return Number(a.revision !== undefined) - Number(b.revision !== undefined);
  return newestFirst({ revision: b.revision, origin: b.type }, { revision: a.revision, origin: a.type });
}
