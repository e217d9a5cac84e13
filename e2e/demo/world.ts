/** What the demo runs: a control plane, three instances and two backends on loopback, HAProxy in front, constant load. */
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import type { BackendProcess } from '../harness/backend-process.ts';
import { markedDocument } from '../harness/configuration-file.ts';
import type { ControlPlaneProcess } from '../harness/control-plane-process.ts';
import { eventually } from '../harness/eventually.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import type { Kill } from '../harness/kill.ts';
import type { LoadBalancer } from '../harness/load-balancer.ts';
import { allServe } from '../harness/marker.ts';
import type { Stage } from '../harness/stage.ts';
import type { Load } from '../load/load.ts';

const RATE = 150;
const START_TIMEOUT_MS = 30_000;

export class World {
  readonly kills: Kill[] = [];
  edits = 0;
  readonly #stage: Stage;
  readonly #backends: BackendProcess[];
  readonly #controlPlane: ControlPlaneProcess;
  readonly instances: InstanceProcess[];
  readonly balancer: LoadBalancer;
  readonly load: Load;

  /** Resolves when all of it runs and the load has begun. */
  static async start(stage: Stage): Promise<World> {
    const backends = await Promise.all(['backend-a', 'backend-b'].map((name) => stage.backend(name)));
    stage.configuration.write(document(0, backends));
    const controlPlane = await stage.controlPlane();
    const instances: InstanceProcess[] = [];
    for (const name of ['instance-1', 'instance-2', 'instance-3']) {
      const drain = { drainDelay: '3s', drainTimeout: '20s' };
      instances.push(await stage.instance({ name, controlPlanes: [controlPlane.streamUrl], ...drain }));
    }
    await Promise.all([controlPlane, ...instances].map((program) => program.start()));
    await allServe(instances, '0', { timeoutMs: START_TIMEOUT_MS });
    const balancer = await stage.loadBalancer(instances);
    await eventually('HAProxy has every instance', async () =>
      (await balancer.serverStates()).every((state) => state === 'UP'),
    );
    const load = await stage.load({ target: balancer.url, rate: RATE });
    return new World(stage, backends, controlPlane, instances, balancer, load);
  }

  private constructor(
    stage: Stage,
    backends: BackendProcess[],
    controlPlane: ControlPlaneProcess,
    instances: InstanceProcess[],
    balancer: LoadBalancer,
    load: Load,
  ) {
    this.#stage = stage;
    this.#backends = backends;
    this.#controlPlane = controlPlane;
    this.instances = instances;
    this.balancer = balancer;
    this.load = load;
  }

  get controlPlaneRuns(): boolean {
    return this.#controlPlane.running;
  }

  killControlPlane(): Promise<void> {
    return this.#controlPlane.kill();
  }

  startControlPlane(): Promise<void> {
    return this.#controlPlane.start();
  }

  /** `number` counts from 1, as HAProxy's names do. */
  async killInstance(number: number): Promise<void> {
    this.kills.push({ server: `instance-${number}`, at: Date.now() });
    await this.#instance(number).kill();
  }

  async startInstance(number: number): Promise<void> {
    await this.#instance(number).start();
    await this.#instance(number).ready({ timeoutMs: START_TIMEOUT_MS });
    await this.balancer.serverIs(number, 'UP');
  }

  /** SIGTERM, and waits for the end; its exit code. */
  async drainInstance(number: number): Promise<number | null> {
    return (await this.#instance(number).program.stop('SIGTERM', 40_000)).code;
  }

  /** Changes the configuration file; resolves at once. */
  edit(): void {
    this.edits += 1;
    this.#stage.configuration.write(document(this.edits, this.#backends));
  }

  /** Resolves when every running instance serves the newest edit. */
  editServes(): Promise<void> {
    const running = this.instances.filter((instance) => instance.running);
    return allServe(running, String(this.edits), { timeoutMs: 20_000 });
  }

  /** Of each instance; undefined where none answers. */
  statuses(): Promise<(StatusDocument | undefined)[]> {
    return Promise.all(this.instances.map((instance) => instance.status().catch(() => undefined)));
  }

  #instance(number: number): InstanceProcess {
    return this.instances[number - 1]!;
  }
}

function document(edit: number, backends: BackendProcess[]) {
  return markedDocument(
    String(edit),
    backends.map(({ port }) => port),
  );
}
