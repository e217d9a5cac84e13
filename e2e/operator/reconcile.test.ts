/** The operator against a real API server: what it makes, keeps, repairs and leaves alone. */
import { readTemplateRevision } from '@holdfast/operator/children/kept-template.ts';
import {
  CONTROLLER_REVISIONS,
  DATA_PLANES,
  DEPLOYMENTS,
  DISRUPTION_BUDGETS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '@holdfast/operator/watches/resources.ts';
import { jest } from '@jest/globals';
import { eventually, Mark } from '../harness/eventually.ts';
import { ApiServer } from '../kube/api-server.ts';
import { IMAGE, installDataPlanes, OperatorScene } from './fixtures/operator-scene.ts';

jest.setTimeout(120_000);

interface DeploymentSpec {
  replicas: number;
  template: {
    metadata: { labels: Record<string, string> };
    spec: { containers: { image: string; args: string[] }[] };
  };
}

let server: ApiServer;
let scene: OperatorScene;

beforeAll(async () => {
  server = await ApiServer.start();
  await installDataPlanes(server.client);
});
beforeEach(async () => {
  scene = await OperatorScene.open(server.client);
});
afterEach(() => scene.close());
afterAll(() => server.close());

const deploymentSpec = async () => (await scene.child(DEPLOYMENTS)).spec as DeploymentSpec;

/** All that the operator made, but for who owns which field since when. */
async function made(): Promise<object[]> {
  const resources = [
    SERVICE_ACCOUNTS,
    SECRETS,
    SERVICES,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    CONTROLLER_REVISIONS,
  ];
  const objects = (await Promise.all(resources.map((resource) => scene.list(resource)))).flat();
  return objects.map(({ metadata: { resourceVersion: _, managedFields: __, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  }));
}

test('a DataPlane gets its children, each owned by it, and a status that says what to create', async () => {
  await scene.startOperator();
  const { metadata } = await scene.createDataPlane();
  expect(await scene.condition('Ready', 'False NoConfiguration')).toContain(
    'holdfast.dev/configuration-for: edge',
  );
  for (const resource of [SERVICE_ACCOUNTS, DEPLOYMENTS, SERVICES, DISRUPTION_BUDGETS]) {
    const child = await scene.child(resource);
    expect(child.metadata.ownerReferences).toMatchObject([{ uid: metadata.uid, controller: true }]);
  }
  const { data } = (await scene.child(SECRETS, 'edge-token')) as unknown as { data: { token: string } };
  expect(Buffer.from(data.token, 'base64').toString()).toMatch(/^[\w-]{43}$/);
  const [revision] = await scene.list(CONTROLLER_REVISIONS);
  expect(readTemplateRevision(revision!)).toMatchObject({ number: 1, kept: { defaultImage: IMAGE } });
  expect((await scene.dataPlane()).status).toMatchObject({
    observedGeneration: 1,
    ready: '0/2',
    replicas: 0,
  });
  await eventually('an Event tells it', async () =>
    (await scene.notes()).some((note) => note.startsWith('Warning NoConfiguration')),
  );
});

test('a new operator with another default image and control plane rolls nothing and makes no token anew (I6, I7)', async () => {
  await scene.startOperator();
  await scene.createDataPlane();
  await scene.condition('Ready', 'False');
  await scene.settled();
  await scene.stopOperator();
  const before = await made();
  await scene.startOperator({ image: 'example.test/holdfast/dataplane:2' });
  // Its work shows in what it repairs.
  await scene.patch(SERVICES, 'edge', { metadata: { labels: { 'app.kubernetes.io/part-of': 'nothing' } } });
  await eventually('the label is repaired', async () => {
    const { labels } = (await scene.get(SERVICES)).metadata;
    return labels?.['app.kubernetes.io/part-of'] === 'holdfast';
  });
  await scene.settled();
  expect(await made()).toEqual(before);
});

test('the default image of the creation stays when the intent changes; only spec.image changes it', async () => {
  await scene.startOperator();
  await scene.createDataPlane();
  await scene.child(DEPLOYMENTS);
  await scene.settled();
  await scene.stopOperator();
  await scene.startOperator({ image: 'example.test/holdfast/dataplane:2' });
  await scene.patchDataPlane({ availability: { drain: { delay: '20s' } } });
  await eventually('the new drain is there', async () =>
    (await deploymentSpec()).template.spec.containers[0]!.args.includes('--drain-delay=20s'),
  );
  expect((await deploymentSpec()).template.spec.containers[0]!.image).toBe(IMAGE);
  await scene.patchDataPlane({ image: 'example.test/own:3' });
  await eventually(
    'the image is the one that was set',
    async () => (await deploymentSpec()).template.spec.containers[0]!.image === 'example.test/own:3',
  );
  await eventually('one template is kept', async () => (await scene.list(CONTROLLER_REVISIONS)).length === 1);
});

test('kubectl scale reaches the Deployment, and a drift of its replicas is repaired', async () => {
  await scene.startOperator();
  await scene.createDataPlane({ replicas: 3 });
  expect((await deploymentSpec()).replicas).toBe(3);
  await scene.patch(DATA_PLANES, 'edge', { spec: { replicas: 5 } }, 'scale');
  await eventually('it is scaled', async () => (await deploymentSpec()).replicas === 5);
  await scene.patch(DEPLOYMENTS, 'edge', { spec: { replicas: 1 } });
  await eventually('it is scaled back', async () => (await deploymentSpec()).replicas === 5);
});

test('a child that was deleted comes back; fields of others stay', async () => {
  await scene.startOperator();
  await scene.createDataPlane();
  const { uid } = (await scene.child(DISRUPTION_BUDGETS)).metadata;
  await scene.patch(DEPLOYMENTS, 'edge', { metadata: { annotations: { theirs: 'yes' } } });
  await server.client.delete(DISRUPTION_BUDGETS, { namespace: scene.namespace, name: 'edge' });
  await eventually(
    'it is there again',
    async () => (await scene.child(DISRUPTION_BUDGETS)).metadata.uid !== uid,
  );
  await scene.patchDataPlane({ replicas: 4 });
  await eventually('the Deployment is written', async () => (await deploymentSpec()).replicas === 4);
  expect((await scene.get(DEPLOYMENTS)).metadata.annotations).toMatchObject({ theirs: 'yes' });
});

test('a standby leaves all alone; when the leader ends it takes over and repairs what drifted meanwhile', async () => {
  await scene.startOperator();
  await scene.createDataPlane();
  await scene.settled();
  await scene.startOperator();
  await scene.stopOperator();
  const mark = new Mark();
  await scene.patch(DEPLOYMENTS, 'edge', { spec: { replicas: 7 } });
  await eventually('the drift is repaired', async () => (await deploymentSpec()).replicas === 2);
  expect(mark.elapsedMs()).toBeLessThanOrEqual(5_000);
});

test('a Service of someone else stays untouched, the condition says so, and the other children come', async () => {
  const spec = { ports: [{ port: 1234 }] };
  const metadata = { name: 'edge', namespace: scene.namespace };
  const foreign = await scene.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec,
  } as never);
  await scene.startOperator();
  await scene.createDataPlane();
  const message = `Service ${scene.namespace}/edge is controlled by nobody`;
  expect(await scene.condition('Ready', 'False ChildNotOwned')).toContain(message);
  await scene.child(DEPLOYMENTS);
  expect((await scene.get(SERVICES)).metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
  await server.client.delete(SERVICES, metadata);
  await eventually('our own takes the name', async () => {
    const { ownerReferences } = (await scene.child(SERVICES)).metadata;
    return ownerReferences?.[0]?.kind === 'DataPlane';
  });
  await scene.condition('Ready', 'False NoConfiguration');
});

test('a token Secret of someone else is not mounted: there is no Deployment', async () => {
  const metadata = { name: 'edge-token', namespace: scene.namespace };
  await scene.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata });
  await scene.startOperator();
  await scene.createDataPlane();
  await scene.condition('Progressing', `False ChildNotOwned: Secret ${scene.namespace}/edge-token`);
  await scene.child(DISRUPTION_BUDGETS);
  expect(await scene.list(DEPLOYMENTS)).toEqual([]);
});

test.each([
  ['a value that is not valid', { spec: { restartPolicy: 'Sometimes' } }, 'restartPolicy'],
  ['a field that does not exist', { spec: { nodeSelectors: { a: 'b' } } }, 'nodeSelectors'],
  ['a place that cannot be merged', { spec: { containers: 'none' } }, 'spec.podTemplate'],
])(
  'a podTemplate with %s is refused with the reason, and the old template stays',
  async (_title, podTemplate, named) => {
    await scene.startOperator();
    await scene.createDataPlane();
    const before = JSON.stringify((await deploymentSpec()).template);
    await scene.settled();
    await scene.patchDataPlane({ podTemplate, replicas: 4 });
    expect(await scene.condition('Progressing', 'False ChildRefused')).toContain(named);
    expect(await deploymentSpec()).toMatchObject({ replicas: 4 });
    expect(JSON.stringify((await deploymentSpec()).template)).toBe(before);
    expect(await scene.list(CONTROLLER_REVISIONS)).toHaveLength(1);
    await scene.patchDataPlane({ podTemplate: null });
    await scene.condition('Progressing', 'True RollingOut');
  },
);

test('a DataPlane made anew waits for the children of the one before to be gone', async () => {
  await scene.startOperator();
  await scene.createDataPlane();
  await scene.condition('Ready', 'False NoConfiguration');
  // No garbage collector runs here: the children stay until they are deleted below.
  await server.client.delete(DATA_PLANES, { namespace: scene.namespace, name: 'edge' });
  const { metadata } = await scene.createDataPlane();
  await scene.condition('Ready', 'False ChildNotOwned');
  for (const resource of [
    SERVICE_ACCOUNTS,
    SECRETS,
    SERVICES,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    CONTROLLER_REVISIONS,
  ]) {
    for (const old of await scene.list(resource)) await server.client.delete(resource, old.metadata);
  }
  await scene.condition('Ready', 'False NoConfiguration');
  expect((await scene.child(DEPLOYMENTS)).metadata.ownerReferences?.[0]?.uid).toBe(metadata.uid);
});
