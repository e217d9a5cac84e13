/** A control plane as a process that can be killed and started again with the same ports and the same store. */

import { repositoryPath } from './paths.ts';
import { probe, probeJson } from './probe.ts';
import { Program } from './program.ts';

export interface ControlPlaneOptions {
  /** A file or a folder. */
  source: string;
  stateDirectory: string;
  streamPort: number;
  apiPort: number;
  /** Another entry than the program's own, for one of another schema level. */
  script?: string;
}

/** An instance as `GET /api/v1/instances` shows it. */
export interface FleetEntry {
  instance: string;
  dataPlane: string;
  state: string;
  revision: { sequence: number; hash: string } | null;
}

/** A revision as `GET /api/v1/revisions` shows it. */
export interface RevisionEntry {
  dataPlane: string;
  sequence: number;
  hash: string;
  state: string;
  reasons: unknown[];
}

export class ControlPlaneProcess {
  readonly options: ControlPlaneOptions;
  readonly #logFile: string;
  #program: Program | undefined;

  constructor(options: ControlPlaneOptions, logFile: string) {
    this.options = options;
    this.#logFile = logFile;
  }

  get streamUrl(): string {
    return `ws://127.0.0.1:${this.options.streamPort}`;
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error('the control plane has not been started');
    return this.#program;
  }

  get running(): boolean {
    return this.#program !== undefined && this.#program.exit === undefined;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const { source, stateDirectory, streamPort, apiPort, script = 'controlplane/src/main.ts' } = this.options;
    const args = ['--source', `file:${source}`, '--state-dir', stateDirectory];
    args.push('--listen', `127.0.0.1:${streamPort}`, '--api', `127.0.0.1:${apiPort}`);
    this.#program = new Program({
      name: 'controlplane',
      command: process.execPath,
      args: [repositoryPath(script), ...args],
      logFile: this.#logFile,
    });
    await this.#program.logged('listening', (entry) => entry.msg === 'listening');
  }

  async kill(): Promise<void> {
    await this.#program?.stop('SIGKILL');
  }

  instances(): Promise<FleetEntry[]> {
    return probeJson(`${this.#api}/api/v1/instances`);
  }

  revisions(): Promise<RevisionEntry[]> {
    return probeJson(`${this.#api}/api/v1/revisions`);
  }

  async metrics(): Promise<string> {
    return (await probe(`${this.#api}/metrics`)).text;
  }

  tail(): string {
    return this.#program?.tail() ?? '';
  }

  async close(): Promise<void> {
    this.#program?.signal('SIGCONT');
    await this.kill();
  }

  get #api(): string {
    return `http://127.0.0.1:${this.options.apiPort}`;
  }
}
