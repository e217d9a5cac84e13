/** The work of one term of leadership: reconciles every DataPlane, with a client that writes only while the term holds. */
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { Controller, type Outcome } from '@holdfast/kube/controller/controller.ts';
import type { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import type { LeadershipTerm } from '@holdfast/kube/leadership/term.ts';
import type { Log } from '@holdfast/kube/log.ts';
import { Children, type ChildrenOptions } from '../children/children.ts';
import type { InstanceReader } from '../instances/instance-reader.ts';
import type { Platform } from '../specs/platform.ts';
import type { Watches } from '../watches/watches.ts';
import { DataPlaneReconciler } from './data-plane-reconciler.ts';
import { StatusWriter } from './status-writer.ts';

export interface LeadingParts {
  /** Not fenced. */
  client: ApiClient;
  platform: Platform;
  watches: Watches;
  instances: InstanceReader;
  events: EventRecorder;
  log: Log;
  onOutcome: (outcome: Outcome, durationMs: number) => void;
  onChildWrite: ChildrenOptions['onWrite'];
  onStatusWrite: () => void;
}

/** A fleet that does not answer holds up its own reconcile only. */
const CONCURRENCY = 4;
const MAX_RETRY_MS = 60_000;

export class LeadingWork {
  readonly #controller: Controller;
  readonly #watches: Watches;
  #endWatching: () => void = () => {};

  constructor(parts: LeadingParts, term: LeadershipTerm) {
    const { watches, platform, instances, events, log } = parts;
    const client = parts.client.fenced(term);
    const record = events.record.bind(events);
    const reconciler = new DataPlaneReconciler({
      watches,
      children: new Children({ client, platform, watches, log, onWrite: parts.onChildWrite }),
      instances,
      statuses: new StatusWriter({ client, record, onWrite: parts.onStatusWrite }),
      record,
    });
    this.#watches = watches;
    this.#controller = new Controller({
      name: 'dataplane',
      reconcile: (key, signal) => reconciler.reconcile(key, AbortSignal.any([signal, term.signal])),
      concurrency: CONCURRENCY,
      queue: { maxMs: MAX_RETRY_MS },
      log,
      onOutcome: parts.onOutcome,
    });
  }

  get queueLength(): number {
    return this.#controller.queue.length;
  }

  /** Every DataPlane is reconciled once, whatever the caches say: what was changed meanwhile is found then. */
  start(): void {
    this.#endWatching = this.#watches.onConcerned((key) => this.#controller.enqueue(key));
    this.#controller.start();
  }

  /** Waits `graceMs` milliseconds for what is at work. */
  async stop(graceMs: number): Promise<void> {
    this.#endWatching();
    await this.#controller.stop(graceMs);
  }
}
