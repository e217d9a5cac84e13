/** One worker: its process, its channel and its heartbeat. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BoundListener } from './listeners.ts';
import type {
  SupervisorToWorker,
  WorkerListener,
  WorkerSettings,
  WorkerToSupervisor,
} from './worker-messages.ts';

/** Why a worker that was not asked to stop is replaced; label of `holdfast_worker_restarts_total`. */
export type WorkerEnd = 'crashed' | 'silent' | 'start_timeout' | 'commit_timeout' | 'refused';

export interface WorkerTimings {
  /** Between two pings. */
  heartbeatMs: number;
  /** Heartbeats in a row without any answer until the worker is killed. */
  heartbeatsMissed: number;
  /** From the start of the process to `started`. */
  startMs: number;
}

export const WORKER_TIMINGS: WorkerTimings = { heartbeatMs: 1_000, heartbeatsMissed: 5, startMs: 20_000 };

export interface WorkerOptions {
  program: URL;
  settings: Omit<WorkerSettings, 'listeners'>;
  listeners: readonly BoundListener[];
  /** Bound of the heap, MiB; undefined: Node's own. */
  heapMegabytes: number | undefined;
  timings: WorkerTimings;
}

export interface WorkerEvents {
  /** It answered its heartbeat. */
  onAnswer: () => void;
  onMessage: (worker: WorkerProcess, message: WorkerToSupervisor) => void;
  /** Once, and the last event; `code` and `signal` as of the process. */
  onExit: (
    worker: WorkerProcess,
    end: WorkerEnd,
    detail: { code: number | null; signal: string | null; error?: Error },
  ) => void;
}

/** Descriptors 0 to 2 are standard, 3 is the channel. */
const FIRST_LISTENER_FD = 4;

export class WorkerProcess {
  readonly number: number;
  readonly #events: WorkerEvents;
  readonly #timings: WorkerTimings;
  readonly #process: ChildProcess;
  readonly #timers = new Set<NodeJS.Timeout>();
  #end: WorkerEnd = 'crashed';
  #started = false;
  #exited = false;
  #unanswered = 0;
  #pings = 0;

  /** Throws where the system can't start a process. */
  constructor(options: WorkerOptions, events: WorkerEvents) {
    this.number = options.settings.worker;
    this.#events = events;
    this.#timings = options.timings;
    this.#process = start(options);
    this.#process.on('message', (message) => this.#receive(message as WorkerToSupervisor));
    this.#process.once('exit', (code, signal) => this.#finish({ code, signal }));
    // A process that could not be started has no exit.
    this.#process.on('error', (error) => {
      if (this.#process.pid === undefined) this.#finish({ code: null, signal: null, error });
    });
    this.#timers.add(setTimeout(() => this.replace('start_timeout'), this.#timings.startMs));
    const settings = { ...options.settings, listeners: workerListeners(options.listeners) };
    this.post({ type: 'start', settings });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get started(): boolean {
    return this.#started;
  }

  /** Resolves when the channel has taken the message; rejects when the worker is gone. */
  send(message: SupervisorToWorker): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Sends where a worker that is gone needs no message. */
  post(message: SupervisorToWorker): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** SIGKILL, since a wedged or stopped process hears nothing else. */
  replace(end: WorkerEnd): void {
    if (this.#exited) return;
    this.#end = end;
    this.#process.kill('SIGKILL');
  }

  #receive(message: WorkerToSupervisor): void {
    if (this.#exited) return;
    if (message.type === 'pong' || message.type === 'started') this.#answered();
    if (message.type === 'started') this.#startHeartbeat();
    if (message.type !== 'pong') this.#events.onMessage(this, message);
  }

  #startHeartbeat(): void {
    if (this.#started) return;
    this.#started = true;
    this.#clearTimers();
    this.#timers.add(setInterval(() => this.#beat(), this.#timings.heartbeatMs));
  }

  /** Counts beats and not time: a supervisor that was itself held up must not take its workers for silent. */
  #beat(): void {
    this.#unanswered += 1;
    if (this.#unanswered >= this.#timings.heartbeatsMissed) {
      this.replace('silent');
      return;
    }
    this.#pings += 1;
    this.post({ type: 'ping', id: this.#pings });
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#events.onAnswer();
  }

  #finish(detail: { code: number | null; signal: string | null; error?: Error }): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#clearTimers();
    this.#events.onExit(this, this.#end, detail);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function start({ program, listeners, heapMegabytes }: WorkerOptions): ChildProcess {
  const heap = heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`];
  return spawn(process.execPath, [...heap, fileURLToPath(program)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...listeners.map(({ fd }) => fd)],
    serialization: 'advanced',
  });
}

function workerListeners(listeners: readonly BoundListener[]): WorkerListener[] {
  return listeners.map(({ name, host, port }, index) => ({
    name,
    host,
    port,
    fd: FIRST_LISTENER_FD + index,
  }));
}
