/**
 * The keeper decides which revision serves: a pure state machine that takes what happened and answers
 * with what is to be done.
 *
 * A candidate goes through `check` (validated and compiled by the agent), then `apply` (taken over by the
 * workers). Only when they all serve it does it become the last good one. There is one candidate at a time;
 * of what arrives meanwhile the newest waits.
 *
 * One that comes on trial serves without becoming the last good one: it is not cached, deltas do not start at it, and
 * the keeper goes back by itself when nobody confirms it in time. So a control plane that dies in the middle of a
 * rollout leaves no instance with what was never promoted.
 */

import { ProtocolError } from '@holdfast/protocol/errors.ts';
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';
import { applyDelta } from '@holdfast/protocol/revision/delta.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { ResourceSet, Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { RevisionOrigin } from '@holdfast/protocol/status/status-document.ts';
import type { Current, DeltaMessage, Facts, Reason, Snapshot } from '@holdfast/protocol/stream/messages.ts';
import type { Transaction } from '../supervisor/agent-messages.ts';
import { type FactTable, factTable, mergeFacts, withoutFacts } from './fact-table.ts';
import { type Candidate, type LocalFind, LocalFinds } from './local-finds.ts';
import { boundReasons, refusal } from './refusals.ts';
import { replacement, type Standing, transition } from './transaction.ts';

/** What happened. */
export type KeeperInput =
  /** Cache or bootstrap was read. */
  | LocalFind
  /** A stream was opened: what the previous one asked for, and what it was refused, is forgotten. */
  | { type: 'connected' }
  | Snapshot
  | DeltaMessage
  | Current
  | Facts
  /** What the instance found out by itself, and what of it is no longer asked for. */
  | { type: 'observed'; facts: Fact[]; gone: FactKey[] }
  /** Answer to the effect `check`; no reasons means good. */
  | { type: 'checked'; revision: RevisionId; reasons: Reason[] }
  /** Every serving worker has it. */
  | { type: 'served'; revision: RevisionId }
  /** A worker refused it. */
  | { type: 'refused'; revision: RevisionId; reasons: Reason[] }
  /** It was applied, and there has been no answer for too long. */
  | { type: 'overdue'; revision: RevisionId }
  /** What is on trial was not confirmed in time. */
  | { type: 'unconfirmed'; revision: RevisionId };

/** What is to be done, in this order. */
export type KeeperEffect =
  | { type: 'check'; revision: Revision; facts: FactTable }
  | { type: 'apply'; transaction: Transaction }
  | { type: 'cacheRevision'; revision: Revision }
  | { type: 'cacheFacts'; facts: FactTable }
  | { type: 'ack'; revision: RevisionId }
  | { type: 'nack'; revision: RevisionId; have?: RevisionId; reasons: Reason[] }
  | { type: 'askForSnapshot' }
  /** To be told `unconfirmed` when so much time has passed; a later one counts instead. */
  | { type: 'awaitConfirmation'; revision: RevisionId; ms: number }
  | { type: 'reportPromotion'; revision: RevisionId }
  /** Refused before a worker saw it. */
  | { type: 'reportRefusal'; revision: RevisionId; origin: RevisionOrigin; reasons: Reason[] };

type Work = Candidate & {
  stage: 'checking' | 'applying';
  trial: boolean;
  /** It was given to the workers as being on trial. */
  appliedOnTrial?: boolean;
  /** The last good one, which was left for a trial. */
  back?: boolean;
};
type Offer = Snapshot | DeltaMessage;

/** For what a dead agent left on trial: nobody knows when it was received. */
const RESUMED_TRIAL_MS = 20_000;

const MAX_REMEMBERED_REFUSALS = 64;

export class Keeper {
  #lastGood: Candidate | undefined;
  /** What serves in the place of the last good one until it is promoted. */
  #trial: Candidate | undefined;
  /** What was on trial for too long, or will have been when it serves. */
  #expired: RevisionId | undefined;
  #work: Work | undefined;
  /** The newest message that came while a candidate was in work. */
  #waiting: Offer | undefined;
  readonly #found = new LocalFinds();
  #facts: FactTable = new Map();
  /** Of these what the stream told and the instance found out, to which what was found beside the stream gives way. */
  #toldFacts: FactTable = new Map();
  /** False until the stream has said which facts there are: until then those that were found fill the gaps. */
  #factsComplete = false;
  /** The facts of the last transaction. */
  #appliedFacts: FactTable = new Map();
  /** One request for a snapshot at a time, or two sides that disagree would ask and answer without end. */
  #asked = false;
  /** By hash. As long as the stream lasts, the same content is not worked on twice. */
  readonly #refused = new Map<string, Reason[]>();
  #effects: KeeperEffect[] = [];

  /** What the workers serve; undefined before the first revision. */
  get serving(): RevisionId | undefined {
    return (this.#trial ?? this.#lastGood)?.revision.id;
  }

  /** What serves on trial. */
  get trial(): RevisionId | undefined {
    return this.#trial?.revision.id;
  }

  /**
   * What a hello says: the last good one, or at the start what was found beside the stream and is on its way to the
   * workers. The latter saves a snapshot for each instance of a fleet that restarts.
   */
  get have(): RevisionId | undefined {
    const starting = this.#work?.origin === 'stream' ? undefined : this.#work;
    return (this.#lastGood ?? starting)?.revision.id;
  }

  /** The revision that the workers have been given and not answered for. */
  get applying(): RevisionId | undefined {
    return this.#work?.stage === 'applying' ? this.#work.revision.id : undefined;
  }

  /** What serves, and the facts with it. */
  get good(): { resources: ResourceSet | undefined; facts: FactTable } {
    return { resources: (this.#trial ?? this.#lastGood)?.revision.resources, facts: this.#facts };
  }

  /** What is on its way to serve, or what a trial goes back to. */
  get candidate(): ResourceSet | undefined {
    return (this.#work ?? (this.#trial && this.#lastGood))?.revision.resources;
  }

  /** An agent that replaces a dead one goes on from what serves. */
  resume(revision: Revision, origin: RevisionOrigin, trial: boolean, facts: Iterable<Fact>): KeeperEffect[] {
    this.#facts = factTable(facts);
    this.#toldFacts = this.#facts;
    this.#factsComplete = true;
    this.#appliedFacts = this.#facts;
    if (trial) {
      // The last good one is in the cache, and comes from there.
      this.#trial = { revision, origin };
      return [{ type: 'awaitConfirmation', revision: revision.id, ms: RESUMED_TRIAL_MS }];
    }
    this.#lastGood = { revision, origin };
    // Its predecessor may have died between the workers' answer and the cache.
    return [{ type: 'cacheRevision', revision }];
  }

  handle(input: KeeperInput): KeeperEffect[] {
    this.#effects = [];
    this.#take(input);
    this.#proceed();
    this.#applyFacts();
    return this.#effects;
  }

  #take(input: KeeperInput): void {
    switch (input.type) {
      case 'disk':
      case 'bootstrap':
        this.#takeFound(input);
        break;
      case 'connected':
        this.#asked = false;
        this.#refused.clear();
        break;
      case 'snapshot':
      case 'delta':
        this.#waiting = input;
        break;
      case 'current':
        this.#takeCurrent(input);
        break;
      case 'facts':
        this.#takeFacts(input);
        break;
      case 'observed':
        this.#tell((table) => withoutFacts(mergeFacts(table, input.facts, false), input.gone));
        break;
      case 'checked':
        this.#takeChecked(input.revision, input.reasons);
        break;
      case 'served':
        this.#takeServed(input.revision);
        break;
      case 'refused':
        this.#takeWorkersRefusal(input.revision, boundReasons(input.reasons, 'WorkerRefused'));
        break;
      case 'overdue':
        this.#takeOverdue(input.revision);
        break;
      case 'unconfirmed':
        this.#expired = input.revision;
        break;
    }
  }

  /** Takes up the next candidate, if none is in work. */
  #proceed(): void {
    // With nothing to go back to, what is on trial is better than nothing (I1).
    if (!this.#work && this.#trial && sameRevision(this.#expired, this.trial)) this.#goBack();
    while (!this.#work && this.#waiting) {
      const offer = this.#waiting;
      this.#waiting = undefined;
      this.#consider(offer);
    }
    while (!this.#work) {
      const candidate = this.#found.take(this.#lastGood);
      if (candidate === undefined) return;
      // The cache and the bootstrap often hold the same, and the stream may have brought it before.
      if (!this.#refused.has(candidate.revision.id.hash)) this.#check(candidate);
    }
  }

  #consider(offer: Offer): void {
    if (offer.type === 'snapshot') this.#asked = false;
    const id = offer.type === 'snapshot' ? offer.revision : offer.to;
    const known = this.#refused.get(id.hash);
    if (sameRevision(id, this.serving)) this.#confirm(id, offer.confirmByMs);
    else if (sameRevision(id, this.#lastGood?.revision.id)) this.#goBack();
    else if (this.#isRegression(id)) this.#nack(id, [refusal('SequenceRegression')]);
    else if (known) this.#nack(id, known);
    else if (offer.type === 'snapshot') this.#considerSnapshot(offer);
    else this.#considerDelta(offer);
  }

  /** The same sequence with another hash is no regression: it is what an instance of another schema level gets. */
  #isRegression(id: RevisionId): boolean {
    const lastGood = this.#lastGood?.revision.id;
    return lastGood?.lineage === id.lineage && id.sequence < lastGood.sequence;
  }

  #considerSnapshot({ revision: id, resources, confirmByMs }: Snapshot): void {
    const received = verified(id.hash, () => resourceSet(resources));
    if (received) {
      this.#check({ revision: { id, resources: received }, origin: 'stream' }, confirmByMs);
      return;
    }
    // Asking again would bring the same bytes, again and again.
    const reasons = [refusal('HashMismatch')];
    this.#effect({ type: 'reportRefusal', revision: id, origin: 'stream', reasons });
    this.#nack(id, reasons);
  }

  #considerDelta({ from, to: id, upserts, removals, confirmByMs }: DeltaMessage): void {
    const base = this.#lastGood?.revision;
    const resources =
      base && sameRevision(from, base.id)
        ? verified(id.hash, () => applyDelta(base.resources, { upserts, removals }))
        : undefined;
    if (resources) this.#check({ revision: { id, resources }, origin: 'stream' }, confirmByMs);
    else this.#askForSnapshot();
  }

  #check(candidate: Candidate, confirmByMs?: number): void {
    this.#work = { ...candidate, stage: 'checking', trial: confirmByMs !== undefined };
    this.#effect({ type: 'check', revision: candidate.revision, facts: this.#facts });
    this.#awaitConfirmation(candidate.revision.id, confirmByMs);
  }

  #awaitConfirmation(revision: RevisionId, ms: number | undefined): void {
    if (ms === undefined) return;
    this.#expired = undefined;
    this.#effect({ type: 'awaitConfirmation', revision, ms });
  }

  #takeCurrent({ revision: id, confirmByMs }: Current): void {
    const work = this.#work;
    if (sameRevision(id, this.trial) && !work?.back) {
      this.#confirm(id, confirmByMs);
    } else if (work && !work.back && sameRevision(id, work.revision.id)) {
      work.trial &&= confirmByMs !== undefined;
      if (work.trial) this.#awaitConfirmation(id, confirmByMs);
    } else if (sameRevision(id, this.#lastGood?.revision.id)) {
      if ((this.#trial || work?.trial) && confirmByMs === undefined) this.#goBack();
    } else {
      this.#askForSnapshot();
    }
  }

  /** What serves is told again: on trial for longer, promoted, or only what it was. */
  #confirm(id: RevisionId, confirmByMs: number | undefined): void {
    this.#awaitConfirmation(id, this.#trial && confirmByMs);
    if (this.#trial && confirmByMs === undefined) {
      this.#lastGood = this.#trial;
      this.#trial = undefined;
      this.#effect({ type: 'reportPromotion', revision: id });
      this.#effect({ type: 'cacheRevision', revision: this.#lastGood.revision });
      // What was begun while there was no last good one may be older than this.
      if (this.#work && this.#isRegression(this.#work.revision.id)) this.#goBack();
    }
    this.#effect({ type: 'ack', revision: id });
  }

  /** From what is on trial, whether it serves already or is on its way to the workers. */
  #goBack(): void {
    const lastGood = this.#lastGood;
    if (this.#work?.back) return;
    if (!lastGood) {
      this.#askForSnapshot();
      return;
    }
    if (!this.#trial && !this.applying) {
      this.#work = undefined;
      this.#effect({ type: 'ack', revision: lastGood.revision.id });
      return;
    }
    const from = this.#standing(this.#appliedFacts);
    const to: Standing = { ...lastGood, trial: false, facts: this.#facts };
    // Whole where something is on its way, since nobody knows which of the workers have taken what of it.
    const change = this.applying ? replacement(to) : transition(from, to);
    this.#work = { ...lastGood, stage: 'applying', trial: false, back: true };
    this.#apply(change);
  }

  /** Its facts fill gaps, until the stream has said which there are. */
  #takeFound(find: LocalFind): void {
    this.#found.add(find);
    if (this.#factsComplete) return;
    const known = new Map([...this.#found.facts, ...this.#toldFacts]);
    this.#facts = mergeFacts(this.#facts, [...known.values()], false);
  }

  #takeFacts({ facts, complete }: Facts): void {
    this.#factsComplete ||= complete;
    this.#tell((table) => mergeFacts(table, facts, complete));
  }

  #tell(change: (table: FactTable) => FactTable): void {
    this.#toldFacts = change(this.#toldFacts);
    const facts = change(this.#facts);
    if (facts === this.#facts) return;
    this.#facts = facts;
    this.#effect({ type: 'cacheFacts', facts });
  }

  #takeChecked(id: RevisionId, reasons: readonly Reason[]): void {
    const work = this.#work;
    if (work?.stage !== 'checking' || !sameRevision(id, work.revision.id)) return;
    if (reasons.length > 0) {
      this.#refuseUnapplied(work, boundReasons(reasons, 'InvalidConfiguration'));
      return;
    }
    work.stage = 'applying';
    work.appliedOnTrial = work.trial;
    const to: Standing = { ...work, facts: this.#facts };
    this.#apply(this.serving ? transition(this.#standing(this.#appliedFacts), to) : replacement(to));
  }

  #refuseUnapplied(work: Work, reasons: Reason[]): void {
    this.#work = undefined;
    this.#effect({ type: 'reportRefusal', revision: work.revision.id, origin: work.origin, reasons });
    this.#refuse(work, reasons);
  }

  #takeServed(id: RevisionId): void {
    const work = this.#work;
    if (work?.stage !== 'applying' || !sameRevision(id, work.revision.id)) return;
    this.#work = undefined;
    if (work.trial) {
      this.#trial = { revision: work.revision, origin: work.origin };
      this.#effect({ type: 'ack', revision: id });
      return;
    }
    this.#trial = undefined;
    this.#lastGood = { revision: work.revision, origin: work.origin };
    if (work.back) this.#effect({ type: 'ack', revision: id });
    if (work.back || work.origin === 'disk') return;
    if (work.appliedOnTrial) this.#effect({ type: 'reportPromotion', revision: id });
    this.#effect({ type: 'cacheRevision', revision: work.revision });
    if (work.origin === 'bootstrap') this.#effect({ type: 'cacheFacts', facts: this.#facts });
    else this.#effect({ type: 'ack', revision: id });
  }

  #takeWorkersRefusal(id: RevisionId, reasons: Reason[]): void {
    const work = this.#work;
    if (work?.stage !== 'applying' || !sameRevision(id, work.revision.id)) return;
    this.#work = undefined;
    // Whole, since nobody knows which of the workers have taken what of it.
    this.#apply(replacement(this.#standing(this.#facts)));
    this.#refuse(work, reasons);
  }

  /** A revision that wedges or kills the workers is answered by none of them. */
  #takeOverdue(id: RevisionId): void {
    // With nothing to go back to and nothing newer to try, waiting on is the only hope.
    if (!this.serving && !this.#waiting) return;
    this.#takeWorkersRefusal(id, [refusal('ApplyTimeout')]);
  }

  #refuse({ revision: { id }, origin }: Candidate, reasons: Reason[]): void {
    this.#remember(id.hash, reasons);
    if (origin === 'stream') this.#nack(id, reasons);
    // The control plane was told that this instance has it, and would send deltas from it.
    else this.#askForSnapshot();
  }

  #remember(hash: string, reasons: Reason[]): void {
    this.#refused.set(hash, reasons);
    if (this.#refused.size <= MAX_REMEMBERED_REFUSALS) return;
    const [oldest] = this.#refused.keys();
    this.#refused.delete(oldest!);
  }

  #standing(facts: FactTable): Standing {
    const serving = this.#trial ?? this.#lastGood;
    const origin = serving?.origin ?? 'stream';
    return { revision: serving?.revision, origin, trial: this.#trial !== undefined, facts };
  }

  /** Facts wait while a revision is on its way: committed behind one that is refused they would go by its name. */
  #applyFacts(): void {
    if (this.applying || this.#appliedFacts === this.#facts) return;
    const change = transition(this.#standing(this.#appliedFacts), this.#standing(this.#facts));
    this.#appliedFacts = this.#facts;
    if (change.putFacts.length + change.deleteFacts.length > 0) this.#apply(change);
  }

  #apply(transaction: Transaction): void {
    this.#appliedFacts = this.#facts;
    this.#effect({ type: 'apply', transaction });
  }

  #askForSnapshot(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#effect({ type: 'askForSnapshot' });
  }

  #nack(revision: RevisionId, reasons: Reason[]): void {
    const have = this.#lastGood?.revision.id;
    this.#effect({ type: 'nack', revision, ...(have && { have }), reasons });
  }

  #effect(effect: KeeperEffect): void {
    this.#effects.push(effect);
  }
}

/** The set, if it has the hash; undefined if it has another, or a resource that no sender could have hashed. */
function verified(hash: string, make: () => ResourceSet): ResourceSet | undefined {
  try {
    const set = make();
    return hashResources(set) === hash ? set : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
