/** Publishes configuration to all workers and decides when it serves, and what happens when a worker refuses it. */
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import { sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import { refusal } from '../configuration/refusals.ts';
import type { AgentSettings, Transaction } from './agent-messages.ts';
import { ConfigurationFeed } from './configuration-feed.ts';
import { type Changes, ConfigurationMirror } from './configuration-mirror.ts';
import type { SupervisorToWorker } from './worker-messages.ts';

/** One worker may end by chance while it takes a revision over; the second one ends because of it. */
const WORKERS_ENDED_MOST = 2;

/** What the publisher needs of a worker. */
export interface FedWorker {
  send(message: SupervisorToWorker): Promise<void>;
  /** It can't be brought to what the others serve: kill and replace it. */
  replace(reason: 'refused' | 'commit_timeout'): void;
}

export interface PublisherEvents {
  /** Every worker that is fed serves it. Once for each transaction that is more than facts. */
  onServed: (revision: RevisionId) => void;
  /** A worker refused it and the others are brought back. Once for each transaction. */
  onRefused: (revision: RevisionId, reasons: Reason[]) => void;
}

export class ConfigurationPublisher {
  readonly mirror = new ConfigurationMirror();
  readonly #events: PublisherEvents;
  readonly #feeds = new Map<FedWorker, ConfigurationFeed>();
  #told: RevisionId | undefined;
  #refused: RevisionId | undefined;
  /** Workers that ended while they took this revision over. */
  #ended: { revision: RevisionId; workers: number } | undefined;

  constructor(events: PublisherEvents) {
    this.#events = events;
  }

  /** A new worker gets everything. */
  attach(worker: FedWorker): void {
    const feed = new ConfigurationFeed({
      mirror: this.mirror,
      send: (message) => worker.send(message),
      onUnanswered: () => worker.replace('commit_timeout'),
    });
    this.#feeds.set(worker, feed);
  }

  /** A worker that is gone holds nothing back. */
  detach(worker: FedWorker): void {
    const feed = this.#feeds.get(worker);
    const unanswered = feed?.committing;
    feed?.close();
    this.#feeds.delete(worker);
    if (unanswered !== undefined) this.#takeEnd(unanswered);
    this.#settle();
  }

  apply(transaction: Transaction): void {
    const revision = transaction.revision ?? undefined;
    const factsOnly = !transaction.complete && sameRevision(revision, this.mirror.current?.id);
    if (!factsOnly) this.#told = undefined;
    if (sameRevision(revision, this.#refused)) this.#refused = undefined;
    this.#push(this.mirror.apply(transaction));
  }

  /**
   * Where a new agent goes on; undefined: it starts from nothing. A revision that its predecessor left unanswered is
   * taken back, for the new one could not tell it from one that serves.
   */
  resume(): AgentSettings['serving'] {
    const { mirror } = this;
    if (mirror.lastGood === null) return undefined;
    if (!sameRevision(mirror.current?.id, mirror.lastGood.id)) this.#revert();
    const { id: revision, origin, trial } = mirror.lastGood;
    return { revision, origin, trial, resources: [...mirror.resources], facts: [...mirror.facts] };
  }

  /** What a worker serves; undefined: it does not serve yet. */
  servedBy(worker: FedWorker): RevisionId | undefined {
    return this.#feeds.get(worker)?.serving;
  }

  served(worker: FedWorker, revision: RevisionId): void {
    this.#feeds.get(worker)?.served(revision);
    this.#settle();
  }

  refused(worker: FedWorker, revision: RevisionId, reasons: Reason[]): void {
    const feed = this.#feeds.get(worker);
    if (feed === undefined) return;
    feed.refused();
    const isCurrent = sameRevision(revision, this.mirror.current?.id);
    if (isCurrent && this.#servesElsewhere(revision)) {
      this.#keepOrReplace(worker, feed);
      return;
    }
    this.#tellRefused(revision, reasons);
    if (isCurrent) this.#revert();
    else feed.push({ resources: [], facts: [] });
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  /** A last good revision is not given up because one worker can't take it: then the fault is the worker's. */
  #servesElsewhere(revision: RevisionId): boolean {
    if (sameRevision(revision, this.mirror.lastGood?.id)) return true;
    const noWayBack = this.mirror.lastGood === null;
    return noWayBack && [...this.#feeds.values()].some(({ serving }) => sameRevision(revision, serving));
  }

  /** Waiting for its answer would leave the instance without workers, each replacement ending as the one before. */
  #takeEnd(revision: RevisionId): void {
    if (!sameRevision(revision, this.mirror.current?.id) || this.#servesElsewhere(revision)) return;
    const before = sameRevision(revision, this.#ended?.revision) ? this.#ended!.workers : 0;
    this.#ended = { revision, workers: before + 1 };
    if (this.#ended.workers < WORKERS_ENDED_MOST) return;
    this.#ended = undefined;
    this.#tellRefused(revision, [refusal('WorkerRefused', 'workers ended while they took it over')]);
    this.#revert();
  }

  /** One that serves goes on with what it has until the next change; one that serves nothing is worth nothing. */
  #keepOrReplace(worker: FedWorker, feed: ConfigurationFeed): void {
    if (feed.serving === undefined) worker.replace('refused');
    else feed.resume();
  }

  #tellRefused(revision: RevisionId, reasons: Reason[]): void {
    if (sameRevision(revision, this.#refused)) return;
    this.#refused = revision;
    this.#events.onRefused(revision, reasons);
  }

  /** The last good revision was told to serve when it came; it is not told again. */
  #revert(): void {
    this.#told = this.mirror.lastGood?.id;
    this.#push(this.mirror.revert());
  }

  #push(changes: Changes): void {
    for (const feed of this.#feeds.values()) feed.push(changes);
  }

  #settle(): void {
    const current = this.mirror.current?.id;
    if (current === undefined || this.#feeds.size === 0) return;
    for (const { serving } of this.#feeds.values()) if (!sameRevision(serving, current)) return;
    this.mirror.confirm();
    if (sameRevision(current, this.#told)) return;
    this.#told = current;
    this.#events.onServed(current);
  }
}
