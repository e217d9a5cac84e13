/** A worker: takes configuration from the supervisor, and serves it with an engine. */
import type { Logger } from 'pino';
import type { Engine } from '../proxy/engine.ts';
import { CompileError, reason } from '../routing/compile-error.ts';
import type { Gateway, GatewayBuilder } from '../routing/gateway.ts';
import type {
  CommitMessage,
  SupervisorToWorker,
  WorkerListener,
  WorkerToSupervisor,
} from '../supervisor/worker-messages.ts';

const SAMPLE_MS = 1_000;
const DRAINING_SAMPLE_MS = 200;

export interface WorkerParts {
  listeners: readonly WorkerListener[];
  builder: GatewayBuilder;
  /** `gateway` gives what serves now. */
  createEngine(gateway: () => Gateway | undefined): Engine;
  send(message: WorkerToSupervisor): void;
  log: Logger;
}

export class Worker {
  readonly #parts: WorkerParts;
  readonly #engine: Engine;
  #gateway: Gateway | undefined;
  #listening = false;
  /** One commit after the other: each goes on top of the one before. */
  #committed: Promise<void> = Promise.resolve();
  #sampling: NodeJS.Timeout;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#engine = parts.createEngine(() => this.#gateway);
    this.#sampling = this.#sampleEach(SAMPLE_MS);
  }

  receive(message: Exclude<SupervisorToWorker, { type: 'start' } | { type: 'stop' }>): void {
    const { builder, send } = this.#parts;
    switch (message.type) {
      case 'put':
        for (const [key, json] of message.resources) builder.putResource(key, json);
        for (const [key, json] of message.facts) builder.putFact(key, json);
        break;
      case 'delete':
        for (const key of message.resources) builder.deleteResource(key);
        for (const key of message.facts) builder.deleteFact(key);
        break;
      case 'commit':
        this.#commit(message);
        break;
      case 'ping':
        send({ type: 'pong', id: message.id });
        break;
      case 'drain':
        this.#engine.drain();
        clearInterval(this.#sampling);
        this.#sampling = this.#sampleEach(DRAINING_SAMPLE_MS);
        break;
    }
  }

  /** Ends what is left, spread over `spreadMs`, and sends the last figures. */
  async stop(spreadMs: number): Promise<void> {
    await this.#engine.stop(spreadMs);
    clearInterval(this.#sampling);
    this.#sample();
  }

  #commit({ revision }: CommitMessage): void {
    // Taken now and not when its turn comes: what is put after this message belongs to the next commit.
    const built = this.#parts.builder.build(revision);
    this.#committed = this.#committed.then(() => this.#serve(revision, built));
  }

  async #serve(revision: CommitMessage['revision'], built: Promise<Gateway>): Promise<void> {
    const { log, send } = this.#parts;
    try {
      this.#gateway = await built;
    } catch (error) {
      log.warn({ err: error, revision }, 'refused a revision; the one before goes on');
      const reasons =
        error instanceof CompileError ? error.reasons : [reason('ResourceUnreadable', String(error))];
      if (revision !== null) send({ type: 'refused', revision, reasons });
      return;
    }
    if (revision === null) return;
    await this.#listen();
    send({ type: 'serving', revision });
  }

  /** At the first revision, not before: a connection accepted without one could only be turned away (I2). */
  async #listen(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    await this.#engine.listen(this.#parts.listeners);
  }

  #sampleEach(intervalMs: number): NodeJS.Timeout {
    return setInterval(() => this.#sample(), intervalMs);
  }

  #sample(): void {
    this.#parts.send({ type: 'metrics', sample: this.#engine.sample() });
  }
}
