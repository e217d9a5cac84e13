/** Everything that one scenario has started, with names, ports and folders of its own; closed as a whole. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Load } from '../load/load.ts';
import type { LoadPlan } from '../load/plan.ts';
import { BackendProcess } from './backend-process.ts';
import { ConfigurationFile } from './configuration-file.ts';
import { type ControlPlaneOptions, ControlPlaneProcess } from './control-plane-process.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { type InstanceOptions, InstanceProcess } from './instance-process.ts';
import { type InstanceAddress, LoadBalancer } from './load-balancer.ts';
import { workDirectory } from './paths.ts';

interface Owned {
  close(): Promise<void>;
  tail?(): string;
}

export class Stage {
  /** Temporary, removed at the end. */
  readonly directory: string;
  readonly configuration: ConfigurationFile;
  readonly #logs: string;
  readonly #owned: Owned[] = [];

  /** Logs go to `.work/logs/NAME/`, those of an earlier run are removed. */
  constructor(name: string) {
    const folder = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 80);
    this.#logs = join(workDirectory('logs'), folder);
    rmSync(this.#logs, { recursive: true, force: true });
    mkdirSync(this.#logs, { recursive: true });
    this.directory = mkdtempSync(join(tmpdir(), 'holdfast-'));
    this.configuration = new ConfigurationFile(this.path('configuration.yaml'));
  }

  /** A path inside the stage's folder. */
  path(name: string): string {
    return join(this.directory, name);
  }

  logFile(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  /** Closed with the stage, the last first. */
  own<Thing extends Owned>(thing: Thing): Thing {
    this.#owned.push(thing);
    return thing;
  }

  async backend(name = 'backend'): Promise<BackendProcess> {
    return this.own(await BackendProcess.start(name, this.logFile(name)));
  }

  /** Made, not started. */
  async controlPlane(options: Partial<ControlPlaneOptions> = {}): Promise<ControlPlaneProcess> {
    const complete = {
      source: this.configuration.path,
      stateDirectory: this.path('state'),
      streamPort: await freePort(),
      apiPort: await freePort(),
      ...options,
    };
    return this.own(new ControlPlaneProcess(complete, this.logFile('controlplane')));
  }

  /** Made, not started. */
  async instance(
    options: Pick<InstanceOptions, 'name' | 'controlPlanes'> & Partial<InstanceOptions>,
  ): Promise<InstanceProcess> {
    const complete = {
      port: await freePort(),
      statusPort: await freePort(),
      cacheDirectory: this.path(`cache-${options.name}`),
      workers: 2,
      drainDelay: '10s',
      drainTimeout: '60s',
      ...options,
    };
    return this.own(new InstanceProcess(complete, this.logFile(options.name)));
  }

  async loadBalancer(instances: InstanceAddress[]): Promise<LoadBalancer> {
    const ports = { listen: await freePort(), statistics: await freePort() };
    return this.own(await LoadBalancer.start(ports, instances, this.logFile('haproxy')));
  }

  async load(plan: Partial<LoadPlan> & { target: string }): Promise<Load> {
    return this.own(await Load.start(plan));
  }

  /** A relay in front of a port of 127.0.0.1. */
  async faultProxy(targetPort: number): Promise<FaultProxy> {
    return this.own(
      await FaultProxy.start(await freePort(), () => ({ host: '127.0.0.1', port: targetPort })),
    );
  }

  /** What every program said last. */
  tails(): string {
    const tails = this.#owned.map((thing) => thing.tail?.() ?? '').filter((tail) => tail !== '');
    return `${tails.join('\n')}\n  complete logs: ${this.#logs}`;
  }

  async close(): Promise<void> {
    for (const thing of this.#owned.reverse()) await thing.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
