/** The publication of one scope: turns what its source tells into durable revisions, one after another. */
import { randomUUID } from 'node:crypto';
import { formatProblem } from '@holdfast/protocol/configuration/problem.ts';
import { checkResources } from '@holdfast/protocol/configuration/resources.ts';
import type { ConfigurationProblem } from '@holdfast/protocol/configuration/types.ts';
import type { ResourceSet, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Logger } from 'pino';
import { ControlPlaneError, systemReason } from '../errors.ts';
import type { ControlPlaneMetrics } from '../metrics/metrics.ts';
import type { Reading, Scope } from '../sources/source.ts';
import { judge } from './acceptance.ts';
import { History, type RetainedRevision, type Retention } from './history.ts';
import { fileNameOf, type StoredRevision } from './revision-file.ts';
import type { RevisionKeeper, ScopeRevisions, StoreProblem } from './revision-keeper.ts';

/** Tries for a sequence that another writer keeps taking. */
const SEQUENCE_ATTEMPTS = 5;
/** An instance that claims a sequence further ahead than this is mistaken; following it would use up the numbers. */
const MAX_LEAP = 1_000_000_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;

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
  /** Called after each new revision has reached the store. */
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
    for (const revision of revisions) this.history.add(revision);
    for (const problem of this.#storeProblems) {
      this.#options.metrics.storeProblems.inc({ code: problem.code });
      this.#log.error({ ...problem }, 'a stored revision cannot be used');
    }
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
    await this.#work;
    clearTimeout(this.#retry);
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
    const current = this.history.current;
    if (current?.id.hash === wanted.hash && current.id.sequence > this.#claimed) {
      this.#written();
      return;
    }
    let revision: StoredRevision;
    try {
      revision = await this.#write(wanted);
    } catch (error) {
      this.#holdBack(error);
      return;
    }
    this.#written();
    this.history.add(revision);
    this.#options.metrics.revisionsPublished.inc({ data_plane: this.scope });
    this.#showSequence();
    this.#log.info({ ...revision.id, resources: revision.resources.size }, 'revision published');
    this.#options.onPublished();
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
