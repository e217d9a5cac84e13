import { eventually } from '../harness/eventually.ts';
import { Cluster } from './fixtures/cluster.ts';
import { BACKENDS, routes } from './fixtures/documents.ts';
import { Replica } from './fixtures/replica.ts';

const TIMEOUT_MS = 120_000;

let cluster: Cluster;
let replica: Replica;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.useNewNamespace();
}, TIMEOUT_MS);
afterAll(async () => {
  await replica.close();
  await cluster.close();
}, TIMEOUT_MS);

test(
  'each ConfigRevision says whether it is the active one',
  async () => {
    await cluster.createDataPlane();
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a') + BACKENDS });
    replica = await Replica.start(cluster);
    await replica.untilLeading();
    const instance = await replica.join();
    await instance.takeAndAck('snapshot');
    await cluster.writeConfigMap('one', { 'a.yaml': routes('a', 'b') + BACKENDS });
    await eventually('both revisions to be marked', async () => {
      const phases = (await cluster.revisions()).map(({ status }) => status?.phase);
      return phases.join() === 'Superseded,Active';
    });
  },
  TIMEOUT_MS,
);
