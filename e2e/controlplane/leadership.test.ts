import { CONFIG_REVISIONS, SECRETS } from '@holdfast/controlplane/kubernetes/objects.ts';
import { LEASES } from '@holdfast/kube/leadership/lease.ts';
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { eventually } from '../harness/eventually.ts';
import { Cluster, TOKEN } from './fixtures/cluster.ts';
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
  await cluster.createDataPlane();
  await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
});
afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

async function start(): Promise<Replica> {
  const replica = await Replica.start(cluster);
  replicas.push(replica);
  return replica;
}

test(
  'a standby is ready and sends instances on; it takes over when the leader ends, with the same revision',
  async () => {
    const first = await start();
    await first.untilLeading();
    const second = await start();
    expect(await second.leads()).toBe(false);
    expect(await second.refusal()).toEqual([503, 'standby']);
    const instance = await first.join();
    const revision = await instance.takeAndAck('snapshot');
    replicas = [second];
    await first.close();
    expect((await instance.take('goaway')).spreadMs).toBeGreaterThan(0);
    await second.untilLeading();
    const again = await second.join({ have: revision });
    expect((await again.take('current')).revision).toEqual(revision);
    await cluster.writeConfigMap('one', { 'a.yaml': routes('b') + BACKENDS });
    const { to } = await takeChange(again);
    expect(to).toMatchObject({ lineage: revision.lineage, sequence: 2 });
  },
  TIMEOUT_MS,
);

async function takeChange(instance: Awaited<ReturnType<Replica['join']>>) {
  return await eventually('a change', () => {
    for (const message of instance.received) {
      if (message.type === 'delta') return { to: message.to };
      if (message.type === 'snapshot') return { to: message.revision };
    }
    return undefined;
  });
}

test(
  'a leader whose lease is taken sends its instances away, turns others away and writes nothing more',
  async () => {
    const replica = await start();
    await replica.untilLeading();
    const instance = await replica.join();
    await instance.takeAndAck('snapshot');
    const { client } = cluster.server;
    const name = { namespace: cluster.namespace, name: 'holdfast-controlplane' };
    await eventually('the lease to be taken', async () => {
      const lease = await client.get<UntypedObject>(LEASES, name);
      const spec = { ...(lease.spec as object), holderIdentity: 'another', leaseDurationSeconds: 60 };
      return await client.replace(LEASES, { ...lease, spec } as UntypedObject, { fieldManager: 'e2e' });
    });
    expect((await instance.take('goaway')).reason).toContain('another replica');
    await eventually('the stream to be closed', () => instance.closed);
    expect(instance.closed).toEqual({ code: 1001, reason: 'LeadershipLost' });
    expect(await replica.refusal()).toEqual([503, 'standby']);
    expect((await replica.get('/status/ready')).status).toBe(200);
    await cluster.writeConfigMap('one', { 'a.yaml': routes('b') + BACKENDS });
    await cluster.writeConfigMap('two', { 'b.yaml': routes('c') });
    const selection = { namespace: cluster.namespace };
    expect((await client.list(CONFIG_REVISIONS, selection)).items).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'I7: only the token of the DataPlane opens its stream, and taking it back ends the stream',
  async () => {
    const replica = await start();
    await replica.untilLeading();
    expect(await replica.refusal('another')).toEqual([401, undefined]);
    const instance = await replica.join({}, TOKEN);
    await instance.take('snapshot');
    const foreign = await replica.join({ dataPlane: `${cluster.namespace}/other` }, TOKEN);
    await eventually('the stream to be closed', () => foreign.closed);
    expect(foreign.closed?.reason).toBe('WrongDataPlane');
    await cluster.server.client.delete(SECRETS, { namespace: cluster.namespace, name: 'edge-token' });
    await eventually('the stream to be closed', () => instance.closed);
    expect(instance.closed?.reason).toBe('TokenRevoked');
    expect(await replica.refusal()).toEqual([401, undefined]);
  },
  TIMEOUT_MS,
);
