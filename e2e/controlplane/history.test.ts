import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { BACKENDS, routes } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 120_000;

let cluster: Cluster;
let replicas: Replica[] = [];

beforeAll(async () => {
  cluster = await Cluster.start();
}, TIMEOUT_MS);
afterAll(() => cluster.close(), TIMEOUT_MS);
beforeEach(async () => {
  replicas = [];
  await cluster.useNewNamespace();
  await cluster.createDataPlane();
});
afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

async function lead(): Promise<Replica> {
  const replica = await Replica.start(cluster);
  replicas.push(replica);
  await replica.untilLeading();
  return replica;
}

async function publish(sequence: number, ...names: string[]): Promise<void> {
  await cluster.writeConfigMap('one', { 'a.yaml': routes(...names) + BACKENDS });
  await untilPublished(sequence);
}

function untilPublished(sequence: number): Promise<boolean> {
  return eventually(`revision ${sequence}`, async () => {
    return (await cluster.dataPlane()).status?.revision?.sequence === sequence;
  });
}

async function names(): Promise<string[]> {
  return (await cluster.revisions()).map(({ metadata }) => metadata.name);
}

test(
  'as many ConfigRevisions are kept as the limit says, also when it is lowered, and their size is a metric',
  async () => {
    await cluster.configure({ revisionHistoryLimit: 3 });
    const replica = await lead();
    for (const sequence of [1, 2, 3, 4]) await publish(sequence, `a${sequence}`);
    expect(await names()).toEqual(['edge-2', 'edge-3', 'edge-4']);
    await cluster.configure({ revisionHistoryLimit: 2 });
    await eventually('one less', async () => (await names()).join() === 'edge-3,edge-4');
    const stored = await cluster.revisions();
    const bytes = stored.reduce((sum, { spec }) => sum + spec.payload.length, 0);
    const metrics = await (await replica.get('/metrics')).text();
    expect(metrics).toContain(`\nholdfast_controlplane_history_bytes ${bytes}\n`);
  },
  TIMEOUT_MS,
);

test(
  'a pin serves an old revision as a new one, keeps it beyond the limit and over a new leader, until it is unset',
  async () => {
    await cluster.configure({ revisionHistoryLimit: 2 });
    const first = await lead();
    const instance = await first.join();
    await publish(1, 'a');
    const { hash } = await instance.takeAndAck('snapshot');
    await publish(2, 'a', 'b');
    await cluster.configure({ revisionHistoryLimit: 2, pinnedRevision: 'edge-1' });
    await untilPublished(3);
    expect((await cluster.revisions()).at(-1)!.spec.hash).toBe(hash);
    await eventually('the pin to be told', async () => (await cluster.accepted())?.reason === 'Pinned');
    expect(await names()).toEqual(['edge-1', 'edge-2', 'edge-3']);

    await cluster.writeConfigMap('one', { 'a.yaml': routes('a', 'b', 'c') + BACKENDS });
    replicas = [];
    await first.close();
    await lead();
    await eventually('the pin to be told', async () => (await cluster.accepted())?.reason === 'Pinned');
    expect((await cluster.dataPlane()).status?.revision?.sequence).toBe(3);

    await cluster.configure({ revisionHistoryLimit: 2 });
    await untilPublished(4);
    await eventually('the old one to go', async () => (await names()).join() === 'edge-3,edge-4');
  },
  TIMEOUT_MS,
);

test(
  'a pin to a revision that is not kept is said, and the last good one goes on',
  async () => {
    await lead();
    await publish(1, 'a');
    await cluster.configure({ pinnedRevision: 'edge-77' });
    const condition = await eventually('it is said', async () => {
      const found = await cluster.accepted();
      return found?.reason === 'PinUnknown' && found;
    });
    expect(condition.message).toContain('revision 1 goes on: edge-77');
  },
  TIMEOUT_MS,
);
