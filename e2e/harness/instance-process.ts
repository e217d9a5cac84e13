/** An instance as a process that can be killed and started again with the same ports and the same cache. */
import { readdirSync, readFileSync } from 'node:fs';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { eventually, type WaitOptions } from './eventually.ts';
import type { InstanceAddress } from './load-balancer.ts';
import { repositoryPath } from './paths.ts';
import { type Answer, type ProbeOptions, probe, probeJson } from './probe.ts';
import { type Exit, Program } from './program.ts';

export interface InstanceOptions {
  name: string;
  /** `ws://HOST:PORT` each. */
  controlPlanes: string[];
  port: number;
  statusPort: number;
  cacheDirectory: string;
  bootstrapDirectory?: string;
  workers: number;
  drainDelay: string;
  drainTimeout: string;
  /** `NAMESPACE/NAME`; default `default/edge`. */
  dataPlane?: string;
  /** For control planes beyond loopback, to which `ws://` is allowed then. */
  tokenFile?: string;
  /** Another entry than the program's own, for one of another schema level. */
  script?: string;
  /** Runs the program through this command, for limits that only a wrapper can set. */
  wrapper?: string[];
}

export class InstanceProcess implements InstanceAddress {
  readonly host = '127.0.0.1';
  readonly options: InstanceOptions;
  readonly #logFile: string;
  #program: Program | undefined;

  constructor(options: InstanceOptions, logFile: string) {
    this.options = options;
    this.#logFile = logFile;
  }

  get name(): string {
    return this.options.name;
  }

  get port(): number {
    return this.options.port;
  }

  get statusPort(): number {
    return this.options.statusPort;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  get statusUrl(): string {
    return `http://${this.host}:${this.statusPort}`;
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error(`${this.name} has not been started`);
    return this.#program;
  }

  get running(): boolean {
    return this.#program !== undefined && this.#program.exit === undefined;
  }

  /** Resolves when it listens, which says nothing of being ready. */
  async start(): Promise<void> {
    const [command, ...args] = [...(this.options.wrapper ?? []), process.execPath, ...this.#arguments()];
    this.#program = new Program({ name: this.name, command: command!, args, logFile: this.#logFile });
    await this.#program.logged('listening', (entry) => entry.msg === 'listening');
  }

  status(): Promise<StatusDocument> {
    return probeJson(`${this.statusUrl}/status`);
  }

  async isReady(): Promise<boolean> {
    return (await probe(`${this.statusUrl}/status/ready`)).status === 200;
  }

  async isLive(): Promise<boolean> {
    return (await probe(`${this.statusUrl}/status`)).status === 200;
  }

  /** Resolves when it is ready. */
  async ready(options?: WaitOptions): Promise<void> {
    await eventually(
      `${this.name} is ready`,
      async () => {
        const answer = await probe(`${this.statusUrl}/status/ready`);
        if (answer.status === 200) return true;
        throw new Error(answer.text);
      },
      options,
    );
  }

  /** Resolves with the status document when it satisfies `holds`. */
  statusThat(
    what: string,
    holds: (status: StatusDocument) => boolean,
    options?: WaitOptions,
  ): Promise<StatusDocument> {
    return eventually(
      `${this.name}: ${what}`,
      async () => {
        const status = await this.status();
        if (holds(status)) return status;
        throw new Error(JSON.stringify(status));
      },
      options,
    );
  }

  /** A request to its listener. */
  get(path = '/', options?: ProbeOptions): Promise<Answer> {
    return probe(`${this.url}${path}`, options);
  }

  /** The value of one series, labels as they are written; undefined where there is none. */
  async metric(series: string): Promise<number | undefined> {
    const { text } = await probe(`${this.statusUrl}/metrics`);
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Process ids of its workers. Linux only. */
  workerPids(): number[] {
    const tasks = `/proc/${this.program.pid}/task`;
    const children = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/children`, 'utf8'));
    return children.join(' ').split(' ').filter(Boolean).map(Number);
  }

  async kill(): Promise<Exit | undefined> {
    return this.#program?.stop('SIGKILL');
  }

  tail(): string {
    return this.#program?.tail() ?? '';
  }

  async close(): Promise<void> {
    this.#program?.signal('SIGCONT');
    await this.kill();
  }

  #arguments(): string[] {
    const { name, controlPlanes, port, statusPort, cacheDirectory, workers, drainDelay, drainTimeout } =
      this.options;
    const { dataPlane = 'default/edge', tokenFile, bootstrapDirectory } = this.options;
    const args = [repositoryPath(this.options.script ?? 'dataplane/src/main.ts')];
    args.push('--instance', name, '--data-plane', dataPlane);
    for (const url of controlPlanes) args.push('--control-plane', url);
    args.push('--listen', `127.0.0.1:${port}`, '--status', `127.0.0.1:${statusPort}`);
    args.push('--cache-dir', cacheDirectory, '--workers', String(workers));
    if (tokenFile !== undefined) args.push('--token-file', tokenFile, '--insecure');
    if (bootstrapDirectory !== undefined) args.push('--bootstrap-dir', bootstrapDirectory);
    return [...args, '--drain-delay', drainDelay, '--drain-timeout', drainTimeout];
  }
}
