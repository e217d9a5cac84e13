/** A running load in a process of its own, as the process that started it sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { childEnvironment } from '../harness/environment.ts';
import { repositoryPath } from '../harness/paths.ts';
import type { LoadReport, LoadSecond } from './ledger.ts';
import type { FromLoad, ToLoad } from './messages.ts';
import { type LoadPlan, loadPlan } from './plan.ts';

const START_TIMEOUT_MS = 10_000;
const MAX_SECONDS = 3_600;

export class Load {
  readonly plan: LoadPlan;
  /** What has been reported so far, a second each. */
  readonly seconds: LoadSecond[] = [];
  /** Called with each second. */
  onSecond: (second: LoadSecond) => void = () => {};
  readonly #process: ChildProcess;

  /** Resolves when the first request has been sent. */
  static async start(given: Partial<LoadPlan> & { target: string }): Promise<Load> {
    const load = new Load(loadPlan(given));
    await load.#next('prepared', START_TIMEOUT_MS);
    load.#tell({ type: 'start', plan: load.plan });
    await load.#next('started', START_TIMEOUT_MS);
    return load;
  }

  private constructor(plan: LoadPlan) {
    this.plan = plan;
    this.#process = fork(repositoryPath('e2e/load/main.ts'), [], { env: childEnvironment(), execArgv: [] });
    this.#process.on('message', (message: FromLoad) => {
      if (message.type !== 'second') return;
      if (this.seconds.length < MAX_SECONDS) this.seconds.push(message.second);
      this.onSecond(message.second);
    });
  }

  /** Ends the load after its last answer and gives the whole account; throws when the process is gone. */
  async stop(): Promise<LoadReport> {
    const report = this.#next('report', this.plan.timeoutMs + START_TIMEOUT_MS);
    this.#tell({ type: 'stop' });
    return (await report).report;
  }

  /** For cleaning up: ends it without an account. */
  close(): Promise<void> {
    this.#process.kill('SIGKILL');
    return Promise.resolve();
  }

  #tell(message: ToLoad): void {
    this.#process.send(message, () => {});
  }

  #next<Type extends FromLoad['type']>(type: Type, timeoutMs: number): Promise<FromLoad & { type: Type }> {
    return new Promise((resolve, reject) => {
      const end = (outcome: () => void) => {
        clearTimeout(timer);
        this.#process.off('message', onMessage);
        this.#process.off('exit', onExit);
        outcome();
      };
      const onMessage = (message: FromLoad) => {
        if (message.type === type) end(() => resolve(message as FromLoad & { type: Type }));
      };
      const onExit = () => end(() => reject(new Error(`the load process ended before it said ${type}`)));
      const onTimeout = () =>
        end(() => reject(new Error(`the load process did not say ${type} within ${timeoutMs} ms`)));
      const timer = setTimeout(onTimeout, timeoutMs);
      this.#process.on('message', onMessage);
      this.#process.on('exit', onExit);
    });
  }
}
