/** A control plane of its own for a test: started in this process, on ports and directories of its own. */
import path from 'node:path';
import { pino } from 'pino';
import type { RevisionView } from '../api/revision-views.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import type { InstanceView } from '../fleet/fleet.ts';
import type { ControlPlaneSettings } from '../settings.ts';
import { eventually } from './eventually.ts';
import { LightInstance } from './light-instance.ts';

export interface StartOptions extends Partial<ControlPlaneSettings> {
  schemaLevel?: number;
}

export class RunningControlPlane {
  readonly #running: ControlPlane;

  private constructor(running: ControlPlane) {
    this.#running = running;
  }

  /** `source` is a path; state is kept beside it unless settings say otherwise. */
  static async start(
    source: string,
    { schemaLevel, ...settings }: StartOptions = {},
  ): Promise<RunningControlPlane> {
    const anyPort = { host: '127.0.0.1', port: 0 };
    const defaults: ControlPlaneSettings = {
      source: { kind: 'file', path: source },
      listen: anyPort,
      api: anyPort,
      stateDirectory: path.join(path.dirname(source), 'state'),
      logLevel: 'info',
    };
    const options = { log: pino({ level: 'silent' }), ...(schemaLevel !== undefined && { schemaLevel }) };
    return new RunningControlPlane(await startControlPlane({ ...defaults, ...settings }, options));
  }

  get stream(): string {
    return this.#running.stream;
  }

  join(...[hello, token]: [Parameters<typeof LightInstance.join>[1]?, string?]): Promise<LightInstance> {
    return LightInstance.join(this.stream, hello, token);
  }

  get(path: string): Promise<Response> {
    return fetch(`http://${this.#running.api}${path}`);
  }

  async revisions(): Promise<RevisionView[]> {
    return (await (await this.get('/api/v1/revisions')).json()) as RevisionView[];
  }

  async instances(): Promise<InstanceView[]> {
    return (await (await this.get('/api/v1/instances')).json()) as InstanceView[];
  }

  /** Waits for documents to be refused; gives what the API says of them. */
  refusal(): Promise<RevisionView> {
    return eventually('documents to be refused', async () => {
      return (await this.revisions()).find(({ state }) => state === 'Refused');
    });
  }

  activeSequence(): Promise<number | null | undefined> {
    return this.revisions().then((views) => views.find(({ state }) => state === 'Active')?.sequence);
  }

  close(): Promise<void> {
    return this.#running.close();
  }
}
