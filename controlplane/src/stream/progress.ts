/** The progress of one instance: what it has, what it tries, what is on its way, and what it is sent next. Pure: no socket, no clock. */
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import { type Revision, type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Nack, Reason } from '@holdfast/protocol/stream/messages.ts';
import type { ConnectedState } from '../fleet/fleet.ts';
import type { Target } from '../revisions/publication.ts';

export type NextStep =
  | { send: 'nothing' }
  /**
   * It has it and is told so. Where it serves that or another one on trial, that is the promotion or the way back, and is
   * answered as a revision is.
   */
  | { send: 'current'; revision: RevisionId; isAnswered: boolean }
  | { send: 'revision'; revision: Revision; trial: boolean };

const NOTHING: NextStep = { send: 'nothing' };

export class Progress {
  #have: RevisionId | undefined;
  /** What it serves on trial; `have` is what it goes back to. */
  #trial: RevisionId | undefined;
  /** Sent and neither acknowledged nor refused: at most one, so that a slow instance gets the newest next, not a queue. */
  #onTheWay: { revision: RevisionId; trial: boolean } | undefined;
  #refused: { revision: RevisionId; reasons: Reason[] } | undefined;
  #toldCurrent = false;

  get have(): RevisionId | undefined {
    return this.#have;
  }

  get trial(): RevisionId | undefined {
    return this.#trial;
  }

  get onTheWay(): RevisionId | undefined {
    return this.#onTheWay?.revision;
  }

  /** The last one that it refused. */
  get refused(): { revision: RevisionId; reasons: Reason[] } | undefined {
    return this.#refused;
  }

  /** The first hello, or one that says that the instance lost its place: without `have` it asks for a snapshot. */
  hello(have: RevisionId | undefined, trial?: RevisionId): void {
    this.#have = have;
    this.#trial = trial;
    this.#onTheWay = undefined;
    this.#refused = undefined;
    this.#toldCurrent = false;
  }

  ack(revision: RevisionId): void {
    const answered = sameRevision(this.onTheWay, revision) ? this.#onTheWay : undefined;
    if (answered !== undefined) {
      this.#onTheWay = undefined;
      this.#toldCurrent = true;
      if (answered.trial) this.#trial = revision;
    }
    // The trial itself, or the answer to its renewal.
    if (sameRevision(this.#trial, revision) && answered?.trial !== false) return;
    this.#have = revision;
    this.#trial = undefined;
  }

  nack({ revision, have, reasons }: Nack): void {
    this.#have = have;
    if (sameRevision(this.#trial, revision)) this.#trial = undefined;
    this.#refused = { revision, reasons };
    if (sameRevision(this.onTheWay, revision)) this.#onTheWay = undefined;
  }

  /** What to send now that `target` is what the instance should have; what it gives must be sent. */
  next(target: Target | undefined): NextStep {
    const revision = target?.projection.revision;
    if (target === undefined || revision === undefined || this.#onTheWay !== undefined) return NOTHING;
    const { trial } = target;
    if (trial && sameRevision(this.#trial, revision.id)) return NOTHING;
    if (!trial && this.#trial !== undefined && this.#knows(revision.id)) return this.#endTrial(revision.id);
    if (sameRevision(this.#have, revision.id)) return this.#tellCurrent(revision.id);
    if (sameRevision(this.#refused?.revision, revision.id) || this.#isAheadOf(revision.id)) return NOTHING;
    this.#onTheWay = { revision: revision.id, trial };
    this.#toldCurrent = false;
    return { send: 'revision', revision, trial };
  }

  state(target: Target | undefined): { state: ConnectedState; reasons: Reason[] } {
    if (target === undefined) return { state: 'Behind', reasons: [NOT_PUBLISHED] };
    const { withheld, revision } = target.projection;
    if (withheld !== undefined) return { state: 'VersionSkew', reasons: reasonsOf(withheld) };
    const { id } = revision;
    if (sameRevision(this.#trial ?? this.#have, id)) return { state: 'Synced', reasons: [] };
    if (this.#refused !== undefined && sameRevision(this.#refused.revision, id)) {
      return { state: 'Refused', reasons: this.#refused.reasons };
    }
    return { state: this.#isAheadOf(id) ? 'Ahead' : 'Behind', reasons: [] };
  }

  #knows(revision: RevisionId): boolean {
    return sameRevision(this.#trial, revision) || sameRevision(this.#have, revision);
  }

  #endTrial(revision: RevisionId): NextStep {
    this.#onTheWay = { revision, trial: false };
    return { send: 'current', revision, isAnswered: true };
  }

  #tellCurrent(revision: RevisionId): NextStep {
    if (this.#toldCurrent) return NOTHING;
    this.#toldCurrent = true;
    return { send: 'current', revision, isAnswered: false };
  }

  /** A store restored from an older copy must not take an instance back; the next revision goes above what it has. */
  #isAheadOf({ lineage, sequence }: RevisionId): boolean {
    return this.#have?.lineage === lineage && this.#have.sequence > sequence;
  }
}

const NOT_PUBLISHED: Reason = { code: 'NoRevision', message: 'no revision is published for its DataPlane' };
/** Withheld reasons shown for an instance. */
const MAX_REASONS = 16;

function reasonsOf(withheld: ConfigurationProblem[]): Reason[] {
  return withheld.slice(0, MAX_REASONS).map(({ pointer, expected, found }) => ({
    code: 'VersionSkew',
    message: `expected ${expected}, found ${found}`,
    pointer,
  }));
}
