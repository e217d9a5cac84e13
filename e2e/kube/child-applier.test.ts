/** Child objects under server-side apply: whose they are, what the server made of them, and what drifts, against a real API server. */
import { ChildApplier } from '@holdfast/kube/apply/child-applier.ts';
import { asApplied } from '@holdfast/kube/apply/field-owner.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { EVENTS, type EventObject } from '@holdfast/kube/events/event.ts';
import { EventRecorder } from '@holdfast/kube/events/event-recorder.ts';
import type { KubeObject, UntypedObject } from '@holdfast/kube/objects/object.ts';
import type { Owner } from '@holdfast/kube/objects/owner.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';
import { jest } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { ApiServer } from './api-server.ts';
import { CONFIG_MAPS, type ConfigMap, configMap, NAMESPACE } from './config-maps.ts';
import { HttpFront } from './http-front.ts';

jest.setTimeout(120_000);

const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};
const MANAGER = 'e2e-operator';
let server: ApiServer;
let client: ApiClient;
let owner: Owner;
let applier: ChildApplier;
let front: HttpFront;

beforeAll(async () => {
  server = await ApiServer.start();
  client = server.client;
});
beforeEach(async () => {
  for (const { metadata } of (await client.list<KubeObject>(CONFIG_MAPS, { namespace: NAMESPACE })).items) {
    await client.delete(CONFIG_MAPS, metadata);
  }
  await client.delete(DEPLOYMENTS, { namespace: NAMESPACE, name: 'child' }).catch(() => {});
  owner = (await client.create(CONFIG_MAPS, configMap('owner', {}), { fieldManager: 'e2e' })) as ConfigMap &
    Owner;
  applier = new ChildApplier({ client, fieldManager: MANAGER });
  front = await HttpFront.start(server.port);
});
afterEach(() => front.close());
afterAll(() => server.close());

function deployment(spec: object = {}, container: object = {}): UntypedObject {
  const labels = { app: 'child' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'child', namespace: NAMESPACE },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'example.test/image:1',
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: '1000m' } },
              ...container,
            },
          ],
        },
      },
      ...spec,
    },
  };
}

const live = () => client.get<UntypedObject>(DEPLOYMENTS, { namespace: NAMESPACE, name: 'child' });

test('a child is created under the owner, its fields owned by an apply alone', async () => {
  const { outcome, object } = await applier.apply(DEPLOYMENTS, deployment(), owner);
  expect(outcome).toBe('created');
  expect(object.metadata.ownerReferences).toMatchObject([{ uid: owner.metadata.uid, controller: true }]);
  expect(object.metadata.managedFields).toMatchObject([{ manager: MANAGER, operation: 'Apply' }]);
});

test('what the server made of an intent is accepted: as long as it stands, nothing is written', async () => {
  await applier.apply(DEPLOYMENTS, deployment(), owner);
  const applied = await applier.apply(DEPLOYMENTS, deployment(), owner);
  expect(applied.outcome).toBe('applied');
  const current = await live();
  // 1000m was stored as 1.
  expect(current).toMatchObject({
    spec: { template: { spec: { containers: [{ resources: { limits: { cpu: '1' } } }] } } },
  });
  expect((await applier.apply(DEPLOYMENTS, deployment(), owner, current)).outcome).toBe('unchanged');
  const rewritten = await applier.apply(DEPLOYMENTS, deployment(), owner);
  expect(rewritten.object.metadata.resourceVersion).toBe(current.metadata.resourceVersion);
});

test('directly after its creation a child counts as accepted', async () => {
  await applier.apply(DEPLOYMENTS, deployment(), owner);
  expect((await applier.apply(DEPLOYMENTS, deployment(), owner, await live())).outcome).toBe('unchanged');
});

test('drift in our fields is repaired, fields of others are left alone', async () => {
  await applier.apply(DEPLOYMENTS, deployment(), owner);
  const options = { fieldManager: 'somebody' };
  const name = { namespace: NAMESPACE, name: 'child' };
  await client.mergePatch(DEPLOYMENTS, name, { metadata: { annotations: { theirs: 'yes' } } }, options);
  expect((await applier.apply(DEPLOYMENTS, deployment(), owner, await live())).outcome).toBe('unchanged');
  await client.mergePatch(DEPLOYMENTS, name, { spec: { replicas: 7 } }, options);
  expect((await applier.apply(DEPLOYMENTS, deployment(), owner, await live())).outcome).toBe('applied');
  expect(await live()).toMatchObject({ metadata: { annotations: { theirs: 'yes' } }, spec: { replicas: 2 } });
});

test('a field that the intent leaves out since then is removed', async () => {
  await applier.apply(DEPLOYMENTS, deployment({ paused: true }, { args: ['--first'] }), owner);
  await applier.apply(DEPLOYMENTS, deployment(), owner);
  const { spec } = (await live()) as unknown as {
    spec: { paused?: boolean; template: { spec: { containers: object[] } } };
  };
  expect(spec.paused).toBeUndefined();
  expect(spec.template.spec.containers[0]).not.toHaveProperty('args');
});

test('a creator that ended halfway leaves nothing that a later apply cannot remove', async () => {
  const halfway = deployment({ paused: true });
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid, controller: true },
  ];
  const metadata = { ...halfway.metadata, ownerReferences };
  const created = await client.create(DEPLOYMENTS, { ...halfway, metadata }, { fieldManager: MANAGER });
  expect(asApplied(created, MANAGER)).toBeDefined();
  await applier.apply(DEPLOYMENTS, deployment(), owner);
  expect(((await live()) as unknown as { spec: { paused?: boolean } }).spec.paused).toBeUndefined();
  expect((await live()).metadata.managedFields).toMatchObject([{ operation: 'Apply' }]);
});

test('an object that nobody or somebody else controls is neither taken nor deleted', async () => {
  const foreign = await client.create(CONFIG_MAPS, configMap('child', { theirs: 'yes' }), {
    fieldManager: 'somebody',
  });
  const intent = configMap('child', { ours: 'yes' });
  await expect(applier.apply(CONFIG_MAPS, intent, owner)).rejects.toMatchObject({ code: 'NOT_OWNED' });
  await expect(applier.delete(CONFIG_MAPS, intent.metadata, owner)).rejects.toMatchObject({
    code: 'NOT_OWNED',
  });
  const renewed = { ...owner, metadata: { ...owner.metadata, uid: 'the-uid-before' } };
  await applier.apply(CONFIG_MAPS, configMap('other', {}), owner);
  await expect(applier.delete(CONFIG_MAPS, configMap('other', {}).metadata, renewed)).rejects.toThrow(
    'ConfigMap owner',
  );
  expect((await client.get(CONFIG_MAPS, foreign.metadata)).metadata.resourceVersion).toBe(
    foreign.metadata.resourceVersion,
  );
});

test.each(['there was none', 'ours was deleted'])(
  'a foreign object that appears between looking and writing (%s) stays untouched',
  async (before) => {
    const racing = new ChildApplier({ client: server.connect(front.url), fieldManager: MANAGER });
    const intent = configMap('child', { ours: 'yes' });
    if (before !== 'there was none') await racing.apply(CONFIG_MAPS, intent, owner);
    let foreign: ConfigMap | undefined;
    const appear = async () => {
      await client.delete(CONFIG_MAPS, intent.metadata).catch(() => {});
      foreign = await client.create(CONFIG_MAPS, configMap('child', { theirs: 'yes' }), {
        fieldManager: 'somebody',
      });
    };
    // The write is sent back once, and the foreign object is there before it comes again.
    const held = Promise.withResolvers<void>();
    front.intervene({
      match: (method) => method === 'POST' || method === 'PATCH',
      times: 1,
      act: (response) => {
        void appear().then(() => {
          response.writeHead(429, { 'retry-after': '0', 'content-type': 'application/json' });
          response.end('{"reason":"TooManyRequests"}');
          held.resolve();
        });
      },
    });
    await expect(racing.apply(CONFIG_MAPS, intent, owner)).rejects.toMatchObject({ code: 'NOT_OWNED' });
    await held.promise;
    const now = await client.get<ConfigMap>(CONFIG_MAPS, intent.metadata);
    expect(now).toEqual(foreign);
  },
);

test('a child is deleted; deleting one that is gone already is no failure', async () => {
  const child = configMap('child', { ours: 'yes' });
  await applier.apply(CONFIG_MAPS, child, owner);
  expect(await applier.delete(CONFIG_MAPS, child.metadata, owner)).toBe(true);
  expect(await applier.delete(CONFIG_MAPS, child.metadata, owner)).toBe(false);
});

test('a hundred happenings of one kind are one Event with a series, and an object gets no more than its share', async () => {
  const reporter = { controller: 'holdfast.dev/e2e', instance: 'e2e' };
  const recorder = new EventRecorder({ client, reporter, timing: { seriesMs: 100 } });
  const about = { regarding: owner, type: 'Warning', reason: 'Refused', action: 'Publish' } as const;
  for (let i = 0; i < 100; i += 1) recorder.record({ ...about, note: 'the same' });
  const events = async () => (await client.list<EventObject>(EVENTS, { namespace: NAMESPACE })).items;
  await eventually('the series is written', async () => (await events())[0]?.series?.count === 100);
  for (let i = 0; i < 40; i += 1) recorder.record({ ...about, note: `another ${i}` });
  await recorder.stop(10_000);
  expect(await events()).toHaveLength(25);
  expect(recorder.counts).toMatchObject({ dropped: 16, failed: 0 });
  expect((await events())[0]).toMatchObject({
    regarding: { kind: 'ConfigMap', name: 'owner' },
    note: expect.any(String),
  });
});
