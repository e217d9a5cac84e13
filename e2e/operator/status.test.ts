/** The status that the operator writes, from pods whose status API is asked, against a real API server. */
import { DATA_PLANES, DEPLOYMENTS, NODES } from '@holdfast/operator/watches/resources.ts';
import { jest } from '@jest/globals';
import { eventually, Mark } from '../harness/eventually.ts';
import { ApiServer } from '../kube/api-server.ts';
import { Instances } from './fixtures/instances.ts';
import { installDataPlanes, OperatorScene } from './fixtures/operator-scene.ts';

jest.setTimeout(120_000);

const REVISION = { lineage: 'l1', sequence: 7, hash: `sha256:${'7'.repeat(64)}` };

let server: ApiServer;
let scene: OperatorScene;
let instances: Instances;

beforeAll(async () => {
  server = await ApiServer.start();
  await installDataPlanes(server.client);
});
beforeEach(async () => {
  scene = await OperatorScene.open(server.client);
  instances = new Instances(scene);
  instances.document = { revision: { ...REVISION, origin: 'stream' } };
  await instances.listen(3);
  await scene.startOperator({ instancePort: instances.port });
  await scene.createDataPlane({ replicas: 3 });
  await scene.child(DEPLOYMENTS);
  // The control plane's part of the status, under its own name.
  const status = { revision: REVISION };
  const { apiVersion, kind, metadata } = await scene.dataPlane();
  const object = { apiVersion, kind, metadata: { name: metadata.name, namespace: scene.namespace }, status };
  await server.client.applyStatus(DATA_PLANES, object, { fieldManager: 'holdfast-controlplane' });
  await scene.reportDeployment(3);
  await instances.schedule();
});
afterEach(async () => {
  await scene.close();
  instances.close();
  for (const { metadata } of await server.client.list(NODES).then(({ items }) => items)) {
    await server.client.delete(NODES, metadata);
  }
});
afterAll(() => server.close());

test('a fleet that is well is Ready, synced, connected and highly available, and stays as it is written', async () => {
  await scene.condition('Ready', 'True Serving');
  expect(await scene.condition('HighlyAvailable', 'True Spread')).toContain('3 nodes and 3 zones');
  await scene.condition('ConfigSynced', 'True Synced');
  await scene.condition('ControlPlaneConnected', 'True Connected');
  const { status, metadata } = await scene.dataPlane();
  expect(status).toMatchObject({ ready: '3/3', revision: REVISION, instances: { ready: 3, unreachable: 0 } });
  // Two more looks at the instances.
  await new Mark().reach(11_000);
  expect((await scene.dataPlane()).metadata.resourceVersion).toBe(metadata.resourceVersion);
});

test('without a control plane it stays Ready, and says since when it is alone (I1)', async () => {
  await scene.condition('ControlPlaneConnected', 'True');
  const since = '2026-11-22T09:30:00Z';
  instances.document = { ...instances.document, controlPlane: { connected: false, endpoint: null, since } };
  expect(await scene.condition('ControlPlaneConnected', 'False Disconnected')).toContain(since);
  await scene.condition('Ready', 'True Serving');
  await eventually('an Event tells it', async () =>
    (await scene.notes()).some((note) => note.startsWith('Warning Disconnected')),
  );
});

test('an instance that does not answer is unreachable, and the fleet not highly available', async () => {
  await scene.condition('HighlyAvailable', 'True');
  instances.silence(1);
  expect(await scene.condition('HighlyAvailable', 'False NotSynced')).toContain('edge-abc-1');
  expect((await scene.dataPlane()).status?.instances).toMatchObject({ ready: 2, unreachable: 1 });
  await scene.condition('Ready', 'True Serving');
});

test('what is no status document of this instance is believed nothing of', async () => {
  await scene.condition('ConfigSynced', 'True');
  instances.document = { ...instances.document, dataPlane: 'default/other' };
  await scene.condition('ConfigSynced', 'Unknown InstancesSilent');
});
