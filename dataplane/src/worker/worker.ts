/** A worker: what it does on each message of its supervisor. */
import type { RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Logger } from 'pino';
import type { Engine } from '../proxy/engine.ts';
import type { Gateway } from '../routing/gateway.ts';
import type {
  SupervisorToWorker,
  WorkerListener,
  WorkerToSupervisor,
} from '../supervisor/worker-messages.ts';
import type { CommitOutcome, RevisionApplier } from './revision-applier.ts';

export interface WorkerParts {
  listeners: WorkerListener[];
  applier: RevisionApplier;
  engine: Engine;
  log: Logger;
  send(message: WorkerToSupervisor): void;
  /** The new gateway serves from now on. */
  publish(gateway: Gateway): void;
  /** Everything has ended. */
  exit(): void;
  /** Nothing sensible can be done any more. */
  fail(error: unknown): void;
}

const SAMPLE_INTERVAL_MS = 1_000;

export class Worker {
  readonly #parts: WorkerParts;
  #sampling: NodeJS.Timeout | undefined;
  #listening = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#sampling = setInterval(() => this.#sendSample(), SAMPLE_INTERVAL_MS);
    this.#parts.send({ type: 'started' });
  }

  handle(message: Exclude<SupervisorToWorker, { type: 'start' }>): void {
    const { applier, engine, send, fail } = this.#parts;
    switch (message.type) {
      case 'ping':
        send({ type: 'pong', id: message.id });
        break;
      case 'put':
        applier.put(message);
        break;
      case 'delete':
        applier.delete(message);
        break;
      case 'commit':
        applier.commit(message.revision, (outcome) => this.#finish(message.revision, outcome)).catch(fail);
        break;
      case 'drain':
        engine.drain();
        break;
      case 'stop':
        this.#stop(message.spreadMs).catch(fail);
        break;
    }
  }

  async #finish(revision: RevisionId | null, { gateway, reasons }: CommitOutcome): Promise<void> {
    const { engine, listeners, publish, send, log } = this.#parts;
    if (gateway === undefined) {
      log.warn({ revision, reasons }, 'a revision does not compile');
      if (revision !== null) send({ type: 'refused', revision, reasons });
      return;
    }
    publish(gateway);
    if (revision === null) return;
    if (!this.#listening) {
      // Until now connections wait in the queue of the descriptor, where another worker may take them.
      await engine.listen(listeners);
      this.#listening = true;
    }
    send({ type: 'serving', revision });
  }

  async #stop(spreadMs: number): Promise<void> {
    await this.#parts.engine.stop(spreadMs);
    clearInterval(this.#sampling);
    this.#sendSample();
    this.#parts.exit();
  }

  #sendSample(): void {
    this.#parts.send({ type: 'metrics', sample: this.#parts.engine.sample() });
  }
}
