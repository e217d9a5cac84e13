/** Runs the agent as a worker thread and starts it again when it dies; traffic never depends on it. */
import { Worker } from 'node:worker_threads';
import { Backoff } from '../configuration/backoff.ts';
import type { AgentSettings, AgentToSupervisor, SupervisorToAgent } from './agent-messages.ts';

const RESTART_FIRST_MS = 100;
const RESTART_MAX_MS = 10_000;
const STABLE_MS = 30_000;
/** It sends its counters each second. One that is stuck would show a control plane as connected that it no longer hears. */
const LOOK_MS = 1_000;
const SILENT_LOOKS = 30;
/** It ends by itself within a second of `stop`. */
const STOP_MS = 1_500;

export interface AgentOptions {
  program: URL;
  heapMegabytes: number;
  /** Asked at each start: what serves may have changed. */
  settings: () => AgentSettings;
  /** Between two looks at whether it has said anything; it is ended after 30 in a row. Default 1,000. */
  lookMs?: number;
}

export interface AgentEvents {
  onMessage: (message: AgentToSupervisor) => void;
  /** It died and is started again after a while. */
  onDeath: (error: Error | undefined) => void;
}

export class AgentThread {
  readonly #options: AgentOptions;
  readonly #events: AgentEvents;
  readonly #backoff = new Backoff({ firstMs: RESTART_FIRST_MS, maxMs: RESTART_MAX_MS });
  #thread: Worker | undefined;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #silentLooks = 0;
  #stopping = false;

  constructor(options: AgentOptions, events: AgentEvents) {
    this.#options = options;
    this.#events = events;
  }

  get running(): boolean {
    return this.#thread !== undefined;
  }

  start(): void {
    this.#startedAt = performance.now();
    let failure: Error | undefined;
    try {
      const thread = new Worker(this.#options.program, {
        workerData: this.#options.settings(),
        resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMegabytes },
      });
      this.#thread = thread;
      thread.on('message', (message: AgentToSupervisor) => {
        this.#silentLooks = 0;
        this.#events.onMessage(message);
      });
      // Also out of memory: the thread ends, the process lives.
      thread.on('error', (error: Error) => {
        failure = error;
      });
      thread.once('exit', () => this.#died(failure));
      this.#silentLooks = 0;
      this.#looking = setInterval(() => {
        if (!this.#isSilent()) return;
        failure = new Error('the agent said nothing for too long');
        void thread.terminate();
      }, this.#options.lookMs ?? LOOK_MS);
    } catch (error) {
      this.#died(error as Error);
    }
  }

  /** To an agent that is away nothing is sent: its replacement starts from what serves. */
  post(message: SupervisorToAgent): void {
    this.#thread?.postMessage(message);
  }

  /** Resolves when it has ended, by itself or by force after 1.5 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ type: 'stop' } satisfies SupervisorToAgent);
    const force = setTimeout(() => void thread.terminate(), STOP_MS);
    await ended;
    clearTimeout(force);
  }

  /** Counts looks and not time: a supervisor that was itself held up must not take its agent for silent. */
  #isSilent(): boolean {
    this.#silentLooks += 1;
    return this.#silentLooks >= SILENT_LOOKS;
  }

  #died(error: Error | undefined): void {
    clearInterval(this.#looking);
    this.#thread = undefined;
    if (this.#stopping) return;
    if (performance.now() - this.#startedAt >= STABLE_MS) this.#backoff.reset();
    this.#timer = setTimeout(() => this.start(), this.#backoff.next());
    this.#events.onDeath(error);
  }
}
