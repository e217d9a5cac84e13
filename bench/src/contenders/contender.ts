/** What is measured: a proxy that can be started before the upstream, and is then known by its port and its processes. */
import { truncateSync } from 'node:fs';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { probe } from '@holdfast/e2e/harness/probe.ts';
import { BenchError } from '../errors.ts';
import type { PinnedProcess } from '../processes/pinned-process.ts';

const START_TIMEOUT_MS = 20_000;

/** Where a contender runs. */
export interface Place {
  /** Its own, empty: for configuration, logs, caches. */
  directory: string;
  core: number;
  upstreamPort: number;
  /** For measures that look into a process. */
  env?: Record<string, string>;
}

export interface Contender<Running extends RunningContender = RunningContender> {
  /** Unique; short enough for a table. */
  name: string;
  /** What it does, in the report's words. */
  title: string;
  /** It may not listen yet. */
  start(place: Place): Promise<Running>;
}

export interface Parts {
  name: string;
  port: number;
  /** How many services it routes, all of which are asked for; absent: any, and as many as a gateway of 1,000 routes is asked for. */
  services?: number;
  /** Its access log, where it writes one. */
  accessLog?: string;
  process: PinnedProcess;
  /** Also stopped with it; not measured. */
  company?: { close(): Promise<void> }[];
}

export class RunningContender {
  readonly name: string;
  readonly port: number;
  readonly services: number;
  readonly process: PinnedProcess;
  readonly #accessLog: string | undefined;
  readonly #company: { close(): Promise<void> }[];

  constructor({ name, port, services = 1_000, accessLog, process, company = [] }: Parts) {
    this.name = name;
    this.port = port;
    this.services = services;
    this.process = process;
    this.#accessLog = accessLog;
    this.#company = company;
  }

  /** Resolves when a request to `path` has come back from the upstream. */
  async ready(path: string): Promise<void> {
    let last = 'no answer';
    const answers = async (): Promise<boolean> => {
      // What has ended will not answer any more.
      if (this.process.ended) return true;
      last = await probe(`http://127.0.0.1:${this.port}${path}`, { timeoutMs: 2_000 }).then(
        ({ status }) => `status ${status}`,
        (error: Error) => error.message,
      );
      return last === 'status 200';
    };
    await eventually(`${this.name} forwards`, answers, { timeoutMs: START_TIMEOUT_MS }).catch(() => {
      throw new BenchError('ContenderFailed', `${this.name} does not forward ${path}: ${last}`);
    });
    this.process.check();
  }

  pids(): number[] {
    return this.process.pids();
  }

  /** Empties its access log: gigabytes would be written in a whole run. */
  forget(): void {
    if (this.#accessLog !== undefined) truncateSync(this.#accessLog);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    for (const part of this.#company) await part.close();
  }
}
