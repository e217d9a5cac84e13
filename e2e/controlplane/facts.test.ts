import type { LightInstance } from '@holdfast/controlplane/fixtures/light-instance.ts';
import type { StreamFact } from '@holdfast/protocol/facts/facts.ts';
import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { routes, serviceBackend } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 120_000;

let cluster: Cluster;
let replica: Replica;

beforeAll(async () => {
  cluster = await Cluster.start();
}, TIMEOUT_MS);
afterAll(() => cluster.close(), TIMEOUT_MS);
beforeEach(async () => {
  await cluster.useNewNamespace();
  await cluster.createDataPlane();
});
afterEach(() => replica.close());

async function lead(): Promise<void> {
  replica = await Replica.start(cluster);
  await replica.untilLeading();
}

/** The newest facts of the instance, once they are like this. */
async function untilFacts(
  instance: LightInstance,
  what: string,
  isMet: (facts: StreamFact[]) => boolean,
): Promise<StreamFact[]> {
  return await eventually(what, () => {
    const messages = instance.received.filter((message) => message.type === 'facts');
    const newest = messages.at(-1);
    return newest?.complete && isMet(newest.facts) && newest.facts;
  });
}

test(
  'endpoints of a Service that a backend names come before the revision, and follow its EndpointSlices',
  async () => {
    const { clusterIP } = await cluster.writeService('orders', 80);
    await cluster.writeEndpoints('orders', 8080, ['10.1.0.1'], ['10.1.0.2']);
    await cluster.writeService('unnamed', 80);
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + serviceBackend('orders', 80) });
    await lead();
    const instance = await replica.join();
    await eventually('the revision', () => instance.received.some(({ type }) => type === 'snapshot'));
    expect(instance.received.map(({ type }) => type)).toEqual(['welcome', 'facts', 'snapshot']);
    const [fact, ...others] = await untilFacts(instance, 'the facts', () => true);
    expect(others).toEqual([]);
    expect([fact!.name, fact!.value]).toEqual([
      'orders:80',
      {
        endpoints: [{ address: '10.1.0.1', port: 8080, zone: 'zone-a' }],
        fallback: { address: clusterIP, port: 80 },
      },
    ]);
    await cluster.writeEndpoints('orders', 8080, ['10.1.0.2', '10.1.0.3']);
    const [next] = await untilFacts(
      instance,
      'the new endpoints',
      ([each]) => each!.value.endpoints.length === 2,
    );
    expect(next!.value.endpoints.map(({ address }) => address)).toEqual(['10.1.0.2', '10.1.0.3']);
    expect(await cluster.revisions()).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'a Service that does not exist yet has no endpoints, holds no revision back, and is resolved when it comes',
  async () => {
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + serviceBackend('later', 80) });
    await lead();
    const instance = await replica.join();
    const [fact] = await untilFacts(instance, 'the facts', () => true);
    expect(fact!.value).toEqual({ endpoints: [] });
    await cluster.writeService('later', 80);
    await cluster.writeEndpoints('later', 8080, ['10.1.0.9']);
    await untilFacts(instance, 'its endpoints', ([each]) => each!.value.endpoints.length === 1);
  },
  TIMEOUT_MS,
);

test(
  'an instance is told the zone of its pod, also where it connects before its pod is in an EndpointSlice',
  async () => {
    await lead();
    const early = await replica.join({ instance: 'edge-1' });
    const welcomes = (instance: LightInstance) =>
      instance.received.filter((message) => message.type === 'welcome').map(({ zone }) => zone);
    await eventually('the welcome', () => welcomes(early).length === 1);
    await cluster.writePodEndpoint('edge', 'edge-1', 'zone-b');
    await eventually('the zone', () => welcomes(early).length === 2);
    expect(welcomes(early)).toEqual([undefined, 'zone-b']);
    const late = await replica.join({ instance: 'edge-1' });
    await eventually('the welcome', () => welcomes(late).length === 1);
    expect(welcomes(late)).toEqual(['zone-b']);
  },
  TIMEOUT_MS,
);
