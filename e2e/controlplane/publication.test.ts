import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { BACKENDS, routes } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 120_000;

let cluster: Cluster;
let replicas: Replica[];

beforeAll(async () => {
  cluster = await Cluster.start();
}, TIMEOUT_MS);
afterAll(() => cluster.close(), TIMEOUT_MS);
beforeEach(async () => {
  replicas = [];
  await cluster.useNewNamespace();
});
afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

async function lead(): Promise<Replica> {
  const replica = await Replica.start(cluster);
  replicas.push(replica);
  await replica.untilLeading();
  return replica;
}

function stop(replica: Replica): Promise<void> {
  replicas = replicas.filter((each) => each !== replica);
  return replica.close();
}

async function untilRefused() {
  return await eventually('the refusal to be told', async () => {
    const condition = await cluster.accepted();
    return condition?.status === 'False' && condition.reason === 'Refused' && condition;
  });
}

test(
  'ConfigMaps become one revision, which is stored, told to instances and shown on the DataPlane',
  async () => {
    const { metadata } = await cluster.createDataPlane();
    await cluster.writeConfigMap('routes', { 'a.yaml': routes('a'), 'README.md': 'not a document' });
    await cluster.writeConfigMap('backends', { 'b.yml': BACKENDS });
    const replica = await lead();
    const instance = await replica.join();
    const { revision, resources } = await instance.take('snapshot');
    expect(revision).toMatchObject({ lineage: metadata.uid, sequence: 1 });
    expect(resources.map(([key]) => key).sort()).toEqual(['backend/main', 'route/a']);
    instance.ack(revision);
    await eventually('the DataPlane to show it', async () => (await cluster.dataPlane()).status?.revision);
    expect((await cluster.dataPlane()).status).toMatchObject({ revision });
    expect(await cluster.accepted()).toMatchObject({
      status: 'True',
      reason: 'Accepted',
      observedGeneration: 1,
    });

    await cluster.writeConfigMap('routes', { 'a.yaml': routes('a', 'b') });
    const delta = await instance.take('delta');
    expect([delta.to.sequence, delta.upserts.map(([key]) => key)]).toEqual([2, ['route/b']]);
    const stored = await cluster.revisions();
    expect(stored.map(({ metadata: { name } }) => name)).toEqual(['edge-1', 'edge-2']);
    expect(stored[1]!.spec).toMatchObject(delta.to);
    expect(stored[1]!.metadata).toMatchObject({ ownerReferences: [{ uid: metadata.uid, controller: true }] });
  },
  TIMEOUT_MS,
);

test(
  'I5: a broken ConfigMap is refused and named with key and pointer; the last good revision goes on',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('good', { 'a.yaml': routes('a') + BACKENDS });
    const replica = await lead();
    const instance = await replica.join();
    await instance.takeAndAck('snapshot');
    await cluster.writeConfigMap('bad', { 'b.yaml': 'routes: [{name: b, timeouts: {request: soon}}]\n' });
    const { message } = await untilRefused();
    expect(message).toContain('revision 1 goes on');
    expect(message).toContain('ConfigMap bad, key b.yaml: /routes/0/timeouts/request');
    const events = await eventually('two Events', async () => {
      const all = await cluster.events();
      return all.length >= 2 && all;
    });
    expect(events.map(({ regarding: { kind, name } }) => [kind, name]).sort()).toEqual([
      ['ConfigMap', 'bad'],
      ['DataPlane', 'edge'],
    ]);
    for (const { note, type } of events)
      expect([type, note]).toEqual(['Warning', expect.stringContaining('/routes/0')]);
    expect(instance.received).toEqual([]);
    await cluster.deleteConfigMap('bad');
    await eventually('it is accepted again', async () => (await cluster.accepted())?.status === 'True');
    expect(instance.received).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'I5: one of several taken away removes its resources; the last one, or an emptied one, publishes nothing',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a', 'c', 'd', 'e', 'f') + BACKENDS });
    await cluster.writeConfigMap('two', { 'b.yaml': routes('b') });
    const replica = await lead();
    const instance = await replica.join();
    await instance.takeAndAck('snapshot');
    await cluster.deleteConfigMap('two');
    const { removals, to } = await instance.take('delta');
    expect(removals).toEqual(['route/b']);
    instance.ack(to);
    await cluster.writeConfigMap('one', { 'a.yaml': '' });
    expect((await untilRefused()).message).toContain('ConfigMap one, key a.yaml');
    await cluster.deleteConfigMap('one');
    await eventually('its absence to be told', async () => {
      return (await cluster.accepted())?.message.includes('revision 2 goes on: no document is left');
    });
    expect(instance.received).toEqual([]);
    expect(await cluster.revisions()).toHaveLength(2);
  },
  TIMEOUT_MS,
);

test(
  'without any configuration the DataPlane says what to create, and instances are sent nothing',
  async () => {
    await cluster.createDataPlane();
    const replica = await lead();
    const instance = await replica.join();
    await instance.take('welcome');
    const condition = await eventually('the condition', () => cluster.accepted());
    expect(condition).toMatchObject({ status: 'False', reason: 'NoConfiguration' });
    expect(condition.message).toContain('holdfast.dev/configuration-for=edge');
    await cluster.writeConfigMap('empty', { 'a.yaml': 'routes: []\n' });
    expect((await instance.take('snapshot')).resources).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a store wiped under a running fleet: what is published next goes above what instances have',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    const before = await lead();
    const instance = await before.join();
    const first = await instance.takeAndAck('snapshot');
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a', 'b') + BACKENDS });
    const second = await instance.takeAndAck('delta');
    await stop(before);
    await cluster.wipeRevisions();
    const after = await lead();
    const again = await after.join({ have: second });
    const { to, upserts, removals } = await again.take('delta');
    expect([to.lineage, to.sequence, to.hash]).toEqual([first.lineage, 3, second.hash]);
    expect([upserts, removals]).toEqual([[], []]);
    again.ack(to);
    await eventually('the DataPlane to show it', async () => {
      return (await cluster.dataPlane()).status?.revision?.sequence === 3;
    });
  },
  TIMEOUT_MS,
);

test(
  'a DataPlane made anew under its name has tokens and a lineage of its own, above the revisions that still stand there',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    const replica = await lead();
    const instance = await replica.join();
    const before = await instance.takeAndAck('snapshot');
    const { metadata } = await cluster.recreateDataPlane('its-own');
    await eventually('the stream to be closed', () => instance.closed);
    expect(instance.closed?.reason).toBe('TokenRevoked');
    const again = await eventually('its token is known', () => replica.join({ have: before }, 'its-own'));
    const next = await again.takeAndAck('delta');
    expect(next).toEqual({ lineage: metadata.uid, sequence: 2, hash: before.hash });
  },
  TIMEOUT_MS,
);
