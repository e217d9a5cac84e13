/** Keeps the desired number of workers running: replaces what dies, with backoff, and ends all of them at the end. */
import { Backoff } from '../configuration/backoff.ts';
import type { BoundListener } from './listeners.ts';
import type { SupervisorToWorker, WorkerToSupervisor } from './worker-messages.ts';
import { type WorkerEvents, WorkerProcess, type WorkerTimings } from './worker-process.ts';

const RESTART_FIRST_MS = 100;
const RESTART_MAX_MS = 10_000;
/** A worker that lived this long was no failed start: its replacement starts without delay again. */
const STABLE_MS = 30_000;

export interface PoolOptions {
  program: URL;
  workers: number;
  instance: string;
  logLevel: string;
  listeners: readonly BoundListener[];
  heapMegabytes: number | undefined;
  timings: WorkerTimings;
}

export interface PoolEvents {
  /** It waits for its first configuration. */
  onStarted: (worker: WorkerProcess) => void;
  onMessage: (worker: WorkerProcess, message: WorkerToSupervisor) => void;
  onExit: WorkerEvents['onExit'];
  /** The system could not start a process; it is tried again. */
  onStartFailed: (error: Error) => void;
}

interface Slot {
  number: number;
  backoff: Backoff;
  worker?: WorkerProcess;
  startedAt: number;
  timer?: NodeJS.Timeout;
}

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #events: PoolEvents;
  readonly #slots: Slot[];
  #lastAnswer = performance.now();
  #draining = false;
  #stopping = false;
  #emptied: (() => void) | undefined;

  constructor(options: PoolOptions, events: PoolEvents) {
    this.#options = options;
    this.#events = events;
    this.#slots = Array.from({ length: options.workers }, (_, index) => ({
      number: index + 1,
      backoff: new Backoff({ firstMs: RESTART_FIRST_MS, maxMs: RESTART_MAX_MS }),
      startedAt: 0,
    }));
  }

  /** Those that run, started or starting. */
  get workers(): WorkerProcess[] {
    return this.#slots.flatMap(({ worker }) => worker ?? []);
  }

  /** When any worker last answered its heartbeat, by `performance.now()`; before the first answer: when the pool was made. */
  get lastAnswer(): number {
    return this.#lastAnswer;
  }

  start(): void {
    for (const slot of this.#slots) this.#start(slot);
  }

  /** Also for workers that come to replace others during the drain. */
  drain(): void {
    this.#draining = true;
    this.tell({ type: 'drain' });
  }

  /** Asks all to end what they have within `spreadMs`; resolves when all are gone, and kills what is left after `killMs`. */
  async stop(spreadMs: number, killMs: number): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) clearTimeout(slot.timer);
    if (this.workers.length === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    this.tell({ type: 'stop', spreadMs });
    const killer = setTimeout(() => this.kill(), killMs);
    await emptied;
    clearTimeout(killer);
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#stopping = true;
    for (const worker of this.workers) worker.replace('crashed');
  }

  /** Tells all workers, except the one that it comes from. */
  tell(message: SupervisorToWorker, except?: WorkerProcess): void {
    for (const worker of this.workers) if (worker !== except) worker.post(message);
  }

  #start(slot: Slot): void {
    if (this.#stopping) return;
    const { program, instance, logLevel, listeners, heapMegabytes, timings } = this.#options;
    const settings = { worker: slot.number, workers: this.#options.workers, instance, logLevel };
    slot.startedAt = performance.now();
    try {
      slot.worker = new WorkerProcess(
        { program, settings, listeners, heapMegabytes, timings },
        this.#eventsOf(slot),
      );
    } catch (error) {
      this.#events.onStartFailed(error as Error);
      this.#restartLater(slot);
    }
    if (this.#draining) slot.worker?.post({ type: 'drain' });
  }

  #eventsOf(slot: Slot): WorkerEvents {
    return {
      onAnswer: () => {
        this.#lastAnswer = performance.now();
      },
      onMessage: (worker, message) => {
        if (message.type === 'started') this.#events.onStarted(worker);
        else this.#events.onMessage(worker, message);
      },
      onExit: (worker, end, detail) => {
        delete slot.worker;
        if (!this.#stopping) this.#restartLater(slot);
        this.#events.onExit(worker, end, detail);
        if (this.workers.length === 0) this.#emptied?.();
      },
    };
  }

  #restartLater(slot: Slot): void {
    if (performance.now() - slot.startedAt >= STABLE_MS) slot.backoff.reset();
    slot.timer = setTimeout(() => this.#start(slot), slot.backoff.next());
  }
}
