/** The progress of one instance: what it has, what is on its way, and what it is sent next. Pure: no socket, no clock. */
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import { type Revision, type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Nack, Reason } from '@holdfast/protocol/stream/messages.ts';
import type { ConnectedState } from '../fleet/fleet.ts';
import type { Projection } from '../revisions/history.ts';

export type NextStep =
  | { send: 'nothing' }
  /** It has the newest already and is told so. */
  | { send: 'current'; revision: RevisionId }
  | { send: 'revision'; revision: Revision };

const NOTHING: NextStep = { send: 'nothing' };

export class Progress {
  #have: RevisionId | undefined;
  /** Sent and neither acknowledged nor refused: at most one, so that a slow instance gets the newest next, not a queue. */
  #onTheWay: RevisionId | undefined;
  #refused: { revision: RevisionId; reasons: Reason[] } | undefined;
  #toldCurrent = false;

  get have(): RevisionId | undefined {
    return this.#have;
  }

  get onTheWay(): RevisionId | undefined {
    return this.#onTheWay;
  }

  /** The first hello, or one that says that the instance lost its place: without `have` it asks for a snapshot. */
  hello(have: RevisionId | undefined): void {
    this.#have = have;
    this.#onTheWay = undefined;
    this.#refused = undefined;
    this.#toldCurrent = false;
  }

  ack(revision: RevisionId): void {
    this.#have = revision;
    if (sameRevision(this.#onTheWay, revision)) {
      this.#onTheWay = undefined;
      this.#toldCurrent = true;
    }
  }

  nack({ revision, have, reasons }: Nack): void {
    this.#have = have;
    this.#refused = { revision, reasons };
    if (sameRevision(this.#onTheWay, revision)) this.#onTheWay = undefined;
  }

  /** What to send now that `target` is what the instance should have; what it gives must be sent. */
  next(target: Projection | undefined): NextStep {
    if (target?.revision === undefined || this.#onTheWay !== undefined) return NOTHING;
    const { revision } = target;
    if (sameRevision(this.#have, revision.id)) return this.#tellCurrent(revision.id);
    if (sameRevision(this.#refused?.revision, revision.id) || this.#isAheadOf(revision.id)) return NOTHING;
    this.#onTheWay = revision.id;
    this.#toldCurrent = false;
    return { send: 'revision', revision };
  }

  state(target: Projection | undefined): { state: ConnectedState; reasons: Reason[] } {
    if (target === undefined) return { state: 'Behind', reasons: [NOT_PUBLISHED] };
    if (target.withheld !== undefined) return { state: 'VersionSkew', reasons: reasonsOf(target.withheld) };
    const { id } = target.revision;
    if (sameRevision(this.#have, id)) return { state: 'Synced', reasons: [] };
    if (this.#refused !== undefined && sameRevision(this.#refused.revision, id)) {
      return { state: 'Refused', reasons: this.#refused.reasons };
    }
    return { state: this.#isAheadOf(id) ? 'Ahead' : 'Behind', reasons: [] };
  }

  #tellCurrent(revision: RevisionId): NextStep {
    if (this.#toldCurrent) return NOTHING;
    this.#toldCurrent = true;
    return { send: 'current', revision };
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
