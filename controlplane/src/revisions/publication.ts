/** The publication of one scope: turns what its source tells into durable revisions, one after another, and brings them to instances. */
import { randomUUID } from 'node:crypto';
import { TRIAL_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import { checkResources } from '@holdfast/protocol/configuration/resources.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { ResourceSet, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Report } from '@holdfast/protocol/stream/messages.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { RolloutOutcome } from '../rollout/rollout.ts';
import { type Fleet, RolloutDriver } from '../rollout/rollout-driver.ts';
import type { RolloutPlan } from '../rollout/rollout-plan.ts';
import type { Reading, Scope } from '../sources/source.ts';
import { judge } from './acceptance.ts';
import { History, type Projection, type RetainedRevision, type Retention } from './history.ts';
import { type FateReason, hasFailed, isOpen, type RevisionFate } from './revision-fate.ts';
import { fileNameOf, type StoredRevision } from './revision-file.ts';
import type { RevisionKeeper, ScopeRevisions, StoreProblem } from './revision-keeper.ts';

/** Tries for a sequence that another writer keeps taking. */
const SEQUENCE_ATTEMPTS = 5;
/** An instance that claims a sequence further ahead than this is mistaken; following it would use up the numbers. */
const MAX_LEAP = 1_000_000_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
/** Between two tries to write how a rollout ended. */
const SETTLE_RETRY_MS = 1_000;

export interface Refusal {
  problems: ConfigurationProblem[];
  /** RFC 3339 */
  since: string;
}

/** What somebody wants to be served instead of the newest documents. */
export interface Pin {
  sequence: number;
  /** Absent where that revision is not kept: then the last good one goes on. */
  revision: RetainedRevision | undefined;
}

/** What an instance should serve, and whether only on trial. */
export interface Target {
  projection: Projection;
  trial: boolean;
}

/** How new revisions go to instances in steps. */
export interface Rollouts {
  fleet: Fleet;
  /** Undefined: all at once. */
  plan(candidate: RetainedRevision): RolloutPlan | undefined;
  /** A rollout has ended; the revision's fate says how. */
  onEnd(revision: RetainedRevision): void;
}

export interface PublicationOptions {
  scope: Scope;
  state: RevisionKeeper;
  schemaLevel: number;
  metrics: ControlPlaneMetrics;
  log: Logger;
  /** True where endpoints of `service` backends are told as facts; default false, which refuses them. */
  resolvesServices?: boolean;
  /** Default: the newest 10. */
  retention?: Retention;
  /** Absent: each new revision goes to all instances at once. */
  rollouts?: Rollouts;
  /** Called when instances should have something else, or more is known of what they should have. */
  onPublished(): void;
}

export class Publication {
  readonly scope: Scope;
  readonly history: History;
  readonly #options: PublicationOptions;
  readonly #store: ScopeRevisions;
  readonly #log: Logger;
  /** The latest that the source told and that was accepted; undefined until then. */
  #wanted: { resources: ResourceSet; hash: string } | undefined;
  #refusal: Refusal | undefined;
  #storeProblems: StoreProblem[] = [];
  #pin: Pin | undefined;
  #rollout: RolloutDriver | undefined;
  /** Hash of what a rollout ended badly with; it is not tried again until the source tells something else. */
  #failedHash: string | undefined;
  #settling: NodeJS.Timeout | undefined;
  /** Why the newest revision could not be written. */
  #unwritten: string | undefined;
  /** The highest sequence that an instance has and this history has not: what is active must be above it. */
  #claimed = 0;
  #work: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MIN_MS;
  #closed = false;

  constructor(options: PublicationOptions) {
    this.scope = options.scope;
    this.#options = options;
    this.#store = options.state.store(options.scope);
    this.#log = options.log.child({ dataPlane: options.scope });
    this.history = new History(options.retention);
  }

  get pin(): Pin | undefined {
    return this.#pin;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** What is being rolled out; undefined while nothing is. */
  get candidate(): RetainedRevision | undefined {
    return this.#rollout?.candidate;
  }

  /** What the newest documents became, where their rollout ended badly: it is not tried again. */
  get failed(): RetainedRevision | undefined {
    const { newest } = this.history;
    const isNewest = newest?.id.hash === this.#failedHash && this.#wanted?.hash === this.#failedHash;
    return isNewest ? newest : undefined;
  }

  /** What an instance should serve; undefined where nothing ever was published. */
  targetFor(instance: string, level: number): Target | undefined {
    const trial = level >= TRIAL_LEVEL && this.#rollout?.isFor(instance) === true;
    const revision = trial ? this.#rollout?.candidate : this.history.current;
    return revision && { projection: revision.projection(level), trial };
  }

  /** Takes an instance that comes with what is rolled out for one that tries it. */
  adopt(instance: string, trial: RevisionId): void {
    if (this.#isCandidate(trial)) this.#rollout?.adopt(instance);
  }

  /** What an instance reports counts for the rollout that is under way. */
  record(instance: string, report: Report): void {
    this.#rollout?.record(instance, report);
  }

  get storeProblems(): readonly StoreProblem[] {
    return this.#storeProblems;
  }

  /** Why the newest accepted documents are not published; undefined where they are. */
  get unwritten(): string | undefined {
    return this.#unwritten;
  }

  /** Takes up the stored revisions: the last good one is served before any source has told anything. */
  async load(): Promise<void> {
    const { revisions, problems } = await this.#store.load();
    this.#storeProblems = problems;
    while (revisions.length > 0 && !this.#isKnown(revisions.at(-1)!)) revisions.pop();
    for (const revision of revisions) this.#takeUp(revision);
    for (const problem of this.#storeProblems) {
      this.#options.metrics.storeProblems.inc({ code: problem.code });
      this.#log.error({ ...problem }, 'a stored revision cannot be used');
    }
    this.#goOn();
    this.#showSequence();
  }

  /** Takes what the source tells; resolves when it is published, refused, or could not be written for now. */
  offer(reading: Reading): Promise<void> {
    return this.#enqueue(async () => {
      const { schemaLevel, resolvesServices = false } = this.#options;
      const verdict = judge(reading, schemaLevel, resolvesServices);
      const problems = verdict.problems ?? (await this.#store.objectionsTo?.(verdict)) ?? [];
      if (verdict.problems !== undefined || problems.length > 0) {
        this.#refuse(problems);
        return;
      }
      if (this.#refusal !== undefined) this.#log.info('the documents are accepted again');
      this.#refusal = undefined;
      this.#options.metrics.documentsRefused.set({ data_plane: this.scope }, 0);
      if (verdict.hash !== this.#failedHash) this.#failedHash = undefined;
      this.#wanted = verdict;
      await this.#publish();
    });
  }

  /** Publishes what a revision of the history holds, as a new one, until it is called with undefined. */
  pinTo(sequence: number | undefined): Promise<void> {
    return this.#enqueue(async () => {
      if (sequence === this.#pin?.sequence) return;
      this.#pin = sequence === undefined ? undefined : { sequence, revision: this.history.find(sequence) };
      if (this.#pin !== undefined && this.#pin.revision === undefined)
        this.#log.error({ sequence }, 'the pinned revision is not kept: the last good one goes on');
      await this.#publish();
    });
  }

  /**
   * Meets an instance that has a sequence which is not of this history, though of its lineage: the store was wiped, or
   * restored from an older copy. The next revision goes above it; it comes at once if the source has confirmed what is
   * served, since content that may be older must not replace what the instance has.
   */
  meet(have: RevisionId): void {
    if (have.lineage !== this.#lineage) return;
    if (this.#isCandidate(have)) {
      // The memory of its promotion was lost with a store that was restored from an older copy.
      void this.#enqueue(() => this.#promote(this.#rollout!.candidate, 'Proven', ''));
      return;
    }
    const highest = this.history.current?.id.sequence ?? 0;
    if (have.sequence <= highest && !this.#isFork(have)) return;
    if (have.sequence > highest + MAX_LEAP) {
      this.#log.warn(
        { claimed: have.sequence },
        'an instance claims a sequence that is too far ahead to be followed',
      );
      return;
    }
    this.#claimed = Math.max(this.#claimed, have.sequence);
    void this.#enqueue(() => this.#publish());
  }

  /** Ends retries and waits for what is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rollout?.stop();
    await this.#work;
    clearTimeout(this.#retry);
    clearTimeout(this.#settling);
  }

  /** That of the history; where there is none yet, the one that it will have if the store gives it. */
  get #lineage(): string | undefined {
    return this.history.current?.id.lineage ?? this.#store.lineage;
  }

  /** The same sequence with other content was published by the copy that was lost. */
  #isFork(have: RevisionId): boolean {
    const current = this.history.current;
    return current?.id.sequence === have.sequence && current.resourcesOf(have.hash) === undefined;
  }

  #isKnown(revision: StoredRevision): boolean {
    const [problem] = checkResources(revision.resources, this.#options.schemaLevel);
    if (problem === undefined) return true;
    const { sequence } = revision.id;
    const [code, detail] = ['REVISION_UNKNOWN_CONTENT', formatProblem(problem)] as const;
    this.#storeProblems.push({ code, file: fileNameOf(sequence), detail, sequence });
    return false;
  }

  /** One thing after another, so that sequences are given in the order of what the source told. */
  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((error: unknown) => {
      this.#log.error({ err: error }, 'unexpected: the last good revision goes on');
    });
    return this.#work;
  }

  #refuse(problems: ConfigurationProblem[]): void {
    if (JSON.stringify(this.#refusal?.problems) === JSON.stringify(problems)) return;
    this.#refusal = { problems, since: new Date().toISOString() };
    this.#options.metrics.refusals.inc({ data_plane: this.scope });
    this.#options.metrics.documentsRefused.set({ data_plane: this.scope }, 1);
    this.#log.error(
      { problems: problems.map(formatProblem) },
      'documents refused: the last good revision goes on',
    );
  }

  /** Undefined where the last good revision is to go on. */
  get #target(): { resources: ResourceSet; hash: string } | undefined {
    if (this.#pin === undefined) return this.#wanted;
    const { revision } = this.#pin;
    return revision && { resources: revision.resources, hash: revision.id.hash };
  }

  async #publish(): Promise<void> {
    const wanted = this.#target;
    if (wanted === undefined || this.#closed) return;
    if (this.#rollout !== undefined && !(await this.#leaveRollout(wanted.hash))) return;
    const { current } = this.history;
    if (current?.id.hash === wanted.hash && current.id.sequence > this.#claimed) {
      this.#written();
      return;
    }
    if (this.#pin === undefined && wanted.hash === this.#failedHash) return;
    let revision: StoredRevision;
    try {
      revision = await this.#write(wanted);
    } catch (error) {
      this.#holdBack(error);
      return;
    }
    this.#written();
    const added = this.history.add(revision);
    this.#options.metrics.revisionsPublished.inc({ data_plane: this.scope });
    this.#log.info({ ...revision.id, resources: revision.resources.size }, 'revision published');
    this.#deliver(added);
  }

  /** From what is stored: what was promoted last is current, whatever came after it. */
  #takeUp(stored: StoredRevision): void {
    const revision = this.history.add(stored);
    if (revision.fate.phase === 'Active') this.history.promote(revision);
  }

  /** With what the process before was in the middle of: a rollout begins anew, from its canaries. */
  #goOn(): void {
    const { newest, revisions } = this.history;
    if (newest === undefined) return;
    const current =
      revisions.findLast(({ fate }) => fate.phase === 'Active') ??
      revisions.findLast(({ fate }) => fate.phase === 'Superseded') ??
      // A store that keeps no fates, or the very first revision, written and not marked.
      revisions.findLast(({ fate }) => isOpen(fate)) ??
      newest;
    this.history.promote(current);
    if (current.fate.phase !== 'Active') current.become('Active', 'Stored', '');
    if (hasFailed(newest.fate)) this.#failedHash = newest.id.hash;
    if (newest !== current && isOpen(newest.fate)) this.#deliver(newest);
  }

  /** A pin, or what serves already under a new sequence, is known to be good. */
  #deliver(revision: RetainedRevision): void {
    const { rollouts } = this.#options;
    const { current } = this.history;
    const isKnown = current === undefined || this.#pin !== undefined || revision.id.hash === current.id.hash;
    const plan = isKnown ? undefined : rollouts?.plan(revision);
    if (plan === undefined) {
      this.#activate(revision, this.#pin === undefined ? 'AllAtOnce' : 'Pinned', '');
      return;
    }
    this.#log.info({ ...revision.id }, 'a rollout begins');
    this.#rollout = new RolloutDriver(revision, plan, rollouts!.fleet, (outcome) => this.#conclude(outcome));
    this.#options.onPublished();
  }

  #activate(revision: RetainedRevision, reason: FateReason, message: string): void {
    for (const before of this.history.revisions)
      if (before.fate.phase === 'Active' || isOpen(before.fate))
        before.become('Superseded', 'Superseded', before.fate.message);
    revision.become('Active', reason, message);
    this.history.promote(revision);
    this.#showSequence();
    this.#options.onPublished();
  }

  #conclude(outcome: RolloutOutcome): void {
    const driver = this.#rollout;
    if (driver === undefined) return;
    const { candidate } = driver;
    void this.#enqueue(async () => {
      if (this.#rollout !== driver || this.#closed) return;
      if (outcome.kind === 'promote') await this.#promote(candidate, 'Promoted', outcome.message);
      else await this.#putBack(candidate, outcome);
    });
  }

  /** First written, then told: a control plane that dies in between leaves no instance with what nobody knows to be promoted. */
  async #promote(candidate: RetainedRevision, reason: FateReason, message: string): Promise<void> {
    if (this.#rollout?.candidate !== candidate || this.#closed) return;
    const fate: RevisionFate = {
      phase: 'Active',
      since: new Date().toISOString(),
      reason,
      message,
      reasons: [],
    };
    try {
      await this.#store.settle?.(candidate.id.sequence, fate);
    } catch (error) {
      this.#log.warn({ reason: systemReason(error) }, 'a promotion could not be written; trying again');
      clearTimeout(this.#settling);
      const again = () => void this.#enqueue(() => this.#promote(candidate, reason, message));
      this.#settling = setTimeout(again, SETTLE_RETRY_MS);
      return;
    }
    this.#endRollout('promoted');
    this.#log.info({ ...candidate.id, figures: message }, 'revision promoted');
    this.#activate(candidate, reason, message);
    this.#options.rollouts?.onEnd(candidate);
    await this.#publish();
  }

  /** First told, then written: whoever takes over meanwhile tries it again. */
  async #putBack(
    candidate: RetainedRevision,
    { phase, reason, message, reasons }: Extract<RolloutOutcome, { kind: 'end' }>,
  ): Promise<void> {
    this.#endRollout(phase === 'Refused' ? 'refused' : 'rolled_back');
    if (this.#wanted?.hash === candidate.id.hash || this.#wanted === undefined)
      this.#failedHash = candidate.id.hash;
    candidate.become(phase, reason, message, reasons);
    this.#log.error({ ...candidate.id, reason, figures: message }, 'a rollout failed: its instances go back');
    this.#options.onPublished();
    this.#options.rollouts?.onEnd(candidate);
    await this.#publish();
  }

  /** False where the rollout goes on, and what is wanted waits for its end. */
  async #leaveRollout(wanted: string): Promise<boolean> {
    const { candidate } = this.#rollout!;
    if (candidate.id.hash === wanted) {
      if (this.#pin !== undefined) await this.#promote(candidate, 'Pinned', '');
      return false;
    }
    if (this.#pin === undefined && wanted !== this.history.current?.id.hash) return false;
    this.#endRollout('withdrawn');
    candidate.become('Superseded', 'Withdrawn', '');
    this.#log.info({ ...candidate.id }, 'a rollout was given up: its instances go back');
    this.#options.onPublished();
    return true;
  }

  #endRollout(outcome: 'promoted' | 'rolled_back' | 'refused' | 'withdrawn'): void {
    this.#rollout?.stop();
    this.#rollout = undefined;
    this.#options.metrics.rollouts.inc({ data_plane: this.scope, outcome });
  }

  #isCandidate(have: RevisionId): boolean {
    const candidate = this.#rollout?.candidate;
    return candidate?.id.sequence === have.sequence && candidate.resourcesOf(have.hash) !== undefined;
  }

  async #write(wanted: { resources: ResourceSet; hash: string }): Promise<StoredRevision> {
    await this.#options.state.writable();
    const lineage = this.#lineage ?? randomUUID();
    for (let attempt = 1; ; attempt++) {
      const sequence = Math.max(this.#claimed, this.#store.highestSequence) + 1;
      const id = { lineage, sequence, hash: wanted.hash };
      const revision = { id, resources: wanted.resources, createdAt: new Date().toISOString() };
      try {
        await this.#store.append(revision);
        return revision;
      } catch (error) {
        const taken = error instanceof ControlPlaneError && error.code === 'REVISION_TAKEN';
        if (!taken || attempt === SEQUENCE_ATTEMPTS) throw error;
      }
    }
  }

  #written(): void {
    this.#unwritten = undefined;
    this.#retryMs = RETRY_MIN_MS;
    clearTimeout(this.#retry);
  }

  /** A revision that is not on disk is not published: its sequence could be given again after a crash. */
  #holdBack(error: unknown): void {
    const reason = systemReason(error);
    const code = error instanceof ControlPlaneError ? error.code : 'STORE_UNWRITABLE';
    this.#options.metrics.storeProblems.inc({ code });
    if (this.#unwritten !== reason) {
      this.#log.error(
        { code, reason },
        'a revision could not be written: the last good one goes on, trying again',
      );
    }
    this.#unwritten = reason;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => void this.#enqueue(() => this.#publish()),
      this.#retryMs * (0.5 + Math.random() / 2),
    );
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  #showSequence(): void {
    const sequence = this.history.current?.id.sequence;
    if (sequence !== undefined)
      this.#options.metrics.revisionSequence.set({ data_plane: this.scope }, sequence);
  }
}
