import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { freePort } from '../harness/free-port.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import { allServe } from '../harness/marker.ts';
import { repositoryPath } from '../harness/paths.ts';
import { Program } from '../harness/program.ts';
import { type Figures, scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';
import { Cluster, TOKEN } from './fixtures/cluster.ts';

const TIMEOUT_MS = 150_000;
const START_MS = 60_000;
/** Between two requests to each instance. */
const EVERY_MS = 40;
/** Figures to reach: a bad revision is back within this. */
const BACK_MS = 30_000;

let cluster: Cluster;
/** Answers 500 to everything. */
let broken: Server;

beforeAll(async () => {
  cluster = await Cluster.start();
  broken = createServer((_request, response) => response.writeHead(500).end());
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
}, TIMEOUT_MS);
afterAll(async () => {
  broken.closeAllConnections();
  broken.close();
  await cluster.close();
}, TIMEOUT_MS);

/** Four instances as processes, a control plane as a process, and requests to each instance all the time. */
class World {
  readonly instances: InstanceProcess[] = [];
  /** Instances that ever answered 500. */
  readonly failing = new Set<string>();
  controlPlane!: Program;
  backendPort = 0;
  readonly #stage: Stage;
  #traffic: NodeJS.Timeout | undefined;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async open(stage: Stage): Promise<World> {
    const world = stage.own(new World(stage));
    await cluster.useNewNamespace();
    await cluster.createDataPlane();
    await cluster.configure({ rollout: { strategy: 'Progressive' } });
    world.backendPort = (await stage.backend()).port;
    await world.publish('first');
    const port = await world.#startControlPlane();
    await world.#startInstances(port);
    await allServe(world.instances, 'first', { timeoutMs: START_MS });
    world.#traffic = setInterval(() => world.#ask(), EVERY_MS);
    return world;
  }

  async publish(marker: string, port = this.backendPort): Promise<void> {
    const document = markedDocument(marker, [port]);
    await cluster.writeConfigMap('one', { 'a.json': JSON.stringify(document) });
  }

  async publishBroken(): Promise<void> {
    await this.publish('broken', (broken.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    clearInterval(this.#traffic);
  }

  /** Sequences that they serve, on trial or not. */
  async sequences(): Promise<(number | undefined)[]> {
    const documents = await Promise.all(this.instances.map((instance) => instance.status()));
    return documents.map(({ revision }) => revision?.sequence);
  }

  #ask(): void {
    for (const instance of this.instances) {
      void instance
        .get('/')
        .then(({ status }) => status === 500 && this.failing.add(instance.name))
        .catch(() => undefined);
    }
  }

  async #startControlPlane(): Promise<number> {
    const [port, api] = [await freePort(), await freePort()];
    const args = [repositoryPath('controlplane/src/main.ts'), '--source', 'kubernetes'];
    args.push('--namespace', cluster.namespace, '--watch-namespaces', cluster.namespace);
    args.push('--listen', `127.0.0.1:${port}`, '--api', `127.0.0.1:${api}`);
    this.controlPlane = new Program({
      name: 'controlplane',
      command: process.execPath,
      args,
      env: { KUBECONFIG: cluster.kubeConfigFile },
      logFile: this.#stage.logFile('controlplane'),
    });
    const { controlPlane } = this;
    this.#stage.own({
      tail: () => controlPlane.tail(),
      close: async () => void (await controlPlane.stop('SIGKILL')),
    });
    await controlPlane.logged('listening', ({ msg }) => msg === 'listening');
    return port;
  }

  async #startInstances(port: number): Promise<void> {
    const tokenFile = this.#stage.path('token');
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
    for (const name of ['one', 'two', 'three', 'four']) {
      const controlPlanes = [`ws://127.0.0.1:${port}`];
      const dataPlane = `${cluster.namespace}/edge`;
      const options = { name, controlPlanes, dataPlane, tokenFile, workers: 1 };
      this.instances.push(await this.#stage.instance(options));
    }
    await Promise.all(this.instances.map((instance) => instance.start()));
  }
}

scenario(
  'a revision whose route answers 500 is served by one instance only and is put back; a good one is promoted',
  async (stage: Stage, figures: Figures) => {
    const world = await World.open(stage);
    const published = new Mark();
    await world.publishBroken();
    await eventually('somebody tries it', () => world.failing.size > 0, { timeoutMs: BACK_MS });
    await eventually('all are back', async () => (await world.sequences()).join() === '1,1,1,1', {
      timeoutMs: BACK_MS,
    });
    const backMs = published.elapsedMs();
    expect(world.failing.size).toBe(1);
    expect(backMs).toBeLessThanOrEqual(BACK_MS);
    const rolledBack = await eventually('the phase', async () => {
      return (await cluster.revisions()).find(({ status }) => status?.phase === 'RolledBack');
    });
    expect(rolledBack.status?.reason).toBe('TooManyErrors');

    const again = new Mark();
    await world.publish('good');
    await allServe(world.instances, 'good', { timeoutMs: 90_000 });
    await eventually('nothing is on trial', async () => {
      const documents = await Promise.all(world.instances.map((instance) => instance.status()));
      return documents.every(({ revision }) => revision?.sequence === 3 && revision.trial === false);
    });
    figures({ back: `${backMs}ms`, promoted: `${again.elapsedMs()}ms`, served: world.failing.size });
  },
  TIMEOUT_MS,
);

scenario(
  'I1: a control plane that is killed in the middle of a rollout leaves nobody with what was not promoted, and a restart boots what was',
  async (stage: Stage, figures: Figures) => {
    const world = await World.open(stage);
    await world.publish('tried');
    const canary = await eventually(
      'a canary tries it',
      async () => {
        const index = (await world.sequences()).indexOf(2);
        return world.instances[index];
      },
      { timeoutMs: BACK_MS },
    );
    await world.controlPlane.stop('SIGKILL');
    const killed = new Mark();
    await allServe([canary], 'first', { timeoutMs: BACK_MS });
    const backMs = killed.elapsedMs();
    expect((await canary.status()).revision).toMatchObject({ sequence: 1, trial: false });
    await canary.kill();
    await canary.start();
    await allServe([canary], 'first', { timeoutMs: START_MS });
    expect((await canary.status()).revision).toMatchObject({ sequence: 1, origin: 'disk' });
    figures({ back: `${backMs}ms` });
  },
  TIMEOUT_MS,
);
