/** A worker: what it does on each message of its supervisor. */
import { type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Logger } from 'pino';
import type { Engine } from '../proxy/engine.ts';
import { CompileError } from '../routing/compile-error.ts';
import type { Gateway, GatewayBuilder } from '../routing/gateway.ts';
import type {
  DeleteMessage,
  PutMessage,
  SupervisorToWorker,
  WorkerListener,
  WorkerToSupervisor,
} from '../supervisor/worker-messages.ts';
import type { TargetRegistry } from '../upstreams/target-registry.ts';

export interface WorkerParts {
  listeners: WorkerListener[];
  builder: GatewayBuilder;
  targets: TargetRegistry;
  engine: Engine;
  log: Logger;
  /** Resolves when the channel has taken the message, or is gone. */
  send(message: WorkerToSupervisor): Promise<void>;
  /** The new gateway serves from now on. */
  publish(gateway: Gateway): void;
  /** Everything has ended. */
  exit(): void;
  /** Nothing sensible can be done any more. */
  fail(error: unknown): void;
}

const SAMPLE_INTERVAL_MS = 1_000;
/** The end of a drain must be seen in time. */
const DRAIN_SAMPLE_INTERVAL_MS = 200;
/** The registry counts seconds. */
const TICK_MS = 1_000;

export class Worker {
  readonly #parts: WorkerParts;
  #sampling: NodeJS.Timeout | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #listening = false;
  #serving: RevisionId | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#ticking = setInterval(() => this.#parts.targets.tick(), TICK_MS);
    this.#sampleEach(SAMPLE_INTERVAL_MS);
    void this.#parts.send({ type: 'started' });
  }

  handle(message: Exclude<SupervisorToWorker, { type: 'start' }>): void {
    const { targets, send, fail } = this.#parts;
    switch (message.type) {
      case 'ping':
        void send({ type: 'pong', id: message.id });
        break;
      case 'put':
        this.#put(message);
        break;
      case 'delete':
        this.#delete(message);
        break;
      case 'commit':
        this.#commit(message.revision).catch(fail);
        break;
      case 'health':
        targets.setUnhealthy(message.backend, message.unhealthy);
        break;
      case 'ejected':
        targets.ejectedElsewhere(message.backend, message.endpoint);
        break;
      case 'drain':
        this.#drain();
        break;
      case 'stop':
        this.#stop(message.spreadMs).catch(fail);
        break;
    }
  }

  #put({ resources, facts }: PutMessage): void {
    const { builder } = this.#parts;
    for (const [key, json] of resources) builder.putResource(key, json);
    for (const [key, json] of facts) builder.putFact(key, json);
  }

  #delete({ resources, facts }: DeleteMessage): void {
    const { builder } = this.#parts;
    for (const key of resources) builder.deleteResource(key);
    for (const key of facts) builder.deleteFact(key);
  }

  /** The supervisor sends nothing more of the configuration before the answer, so one commit is built at a time. */
  async #commit(revision: RevisionId): Promise<void> {
    const { builder, publish, send } = this.#parts;
    try {
      const gateway = await builder.build(revision);
      // What was counted until now is of the revision before; the supervisor counts for each what is its own.
      if (!sameRevision(revision, this.#serving)) await this.#sendSample();
      publish(gateway);
      this.#serving = revision;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      await this.#refuse(revision, error);
      return;
    }
    await this.#listen();
    await send({ type: 'serving', revision });
  }

  async #refuse(revision: RevisionId, { reasons }: CompileError): Promise<void> {
    const { log, send } = this.#parts;
    log.warn({ revision, reasons }, 'a revision does not compile');
    await send({ type: 'refused', revision, reasons });
  }

  /** Until the first gateway serves, connections wait in the queue of the descriptor, where another worker may take them. */
  async #listen(): Promise<void> {
    if (this.#listening) return;
    const { engine, listeners, send } = this.#parts;
    try {
      await engine.listen(listeners);
    } catch (error) {
      await send({ type: 'notListening', problem: (error as Error).message });
      throw error;
    }
    this.#listening = true;
  }

  #drain(): void {
    this.#parts.engine.drain();
    this.#sampleEach(DRAIN_SAMPLE_INTERVAL_MS);
  }

  async #stop(spreadMs: number): Promise<void> {
    await this.#parts.engine.stop(spreadMs);
    clearInterval(this.#sampling);
    clearInterval(this.#ticking);
    // What is not taken before the exit is counted nowhere.
    await this.#sendSample();
    this.#parts.exit();
  }

  #sampleEach(intervalMs: number): void {
    clearInterval(this.#sampling);
    this.#sampling = setInterval(() => void this.#sendSample(), intervalMs);
  }

  #sendSample(): Promise<void> {
    const { engine, targets, send } = this.#parts;
    return send({ type: 'metrics', sample: engine.sample(), backendEvents: targets.takeEvents() });
  }
}
