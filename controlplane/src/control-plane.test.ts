import { readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { eventually } from './fixtures/eventually.ts';
import { LightInstance } from './fixtures/light-instance.ts';
import { RunningControlPlane, type StartOptions } from './fixtures/running-control-plane.ts';
import { documentOf, Workspace } from './fixtures/workspace.ts';

let workspace: Workspace;
let started: RunningControlPlane[];

beforeEach(() => {
  workspace = new Workspace();
  started = [];
});

afterEach(async () => {
  for (const controlPlane of started) await controlPlane.close();
  workspace.remove();
});

async function start(source: string, options?: StartOptions): Promise<RunningControlPlane> {
  const controlPlane = await RunningControlPlane.start(source, options);
  started.push(controlPlane);
  return controlPlane;
}

async function stop(controlPlane: RunningControlPlane): Promise<void> {
  started = started.filter((other) => other !== controlPlane);
  await controlPlane.close();
}

test('an instance gets a snapshot, then deltas, and after a reconnect only that it is current', async () => {
  const file = workspace.write('edge.yaml', documentOf('a', 'b', 'c', 'd'));
  const controlPlane = await start(file);
  const instance = await controlPlane.join();
  const snapshot = await instance.take('snapshot');
  expect(snapshot.resources.map(([key]) => key)).toContain('route/a');
  instance.ack(snapshot.revision);
  writeFileSync(file, documentOf('a', 'b', 'c', 'e'));
  const delta = await instance.take('delta');
  expect([delta.from, delta.to.sequence]).toEqual([snapshot.revision, 2]);
  expect([delta.upserts.map(([key]) => key), delta.removals]).toEqual([['route/e'], ['route/d']]);
  instance.ack(delta.to);
  await instance.end();
  const again = await controlPlane.join({ have: delta.to });
  expect((await again.take('current')).revision).toEqual(delta.to);
  expect(again.sizes.at(-1)).toBeLessThan(400);
});

test('a restarted control plane goes on where it was, and knows what instances have for a delta', async () => {
  const file = workspace.write('edge.yaml', documentOf('a', 'b', 'c'));
  const before = await start(file);
  const first = await (await before.join()).takeAndAck('snapshot');
  await stop(before);
  writeFileSync(file, documentOf('a', 'b', 'x'));
  const instance = await (await start(file)).join({ have: first });
  const { from, to } = await instance.take('delta');
  expect([from, to.lineage, to.sequence]).toEqual([first, first.lineage, 2]);
});

test('an instance that asks again gets a snapshot', async () => {
  const controlPlane = await start(workspace.write('edge.yaml', documentOf('a')));
  const instance = await controlPlane.join();
  const { revision } = await instance.take('snapshot');
  instance.hello({ have: revision });
  await instance.take('current');
  instance.hello();
  expect((await instance.take('snapshot')).revision).toEqual(revision);
});

test.each<[string, string, string]>([
  ['a broken document', 'routes: [\n', ''],
  [
    'a dangling backendRef',
    'routes: [{name: a, backendRefs: [{name: nobody}]}]\n',
    '/routes/0/backendRefs/0/name',
  ],
  ['an empty file', '', ''],
  ['a truncated write', documentOf('a').slice(0, 30), ''],
  ['no routes at all', 'backends: []\n', '/routes'],
  [
    'a service backend',
    'routes: []\nbackends: [{name: a, service: {name: a, port: 80}}]\n',
    '/backends/0/service',
  ],
])('I5: %s publishes nothing and is named; mended, it takes effect', async (_what, text, pointer) => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const controlPlane = await start(file);
  const instance = await controlPlane.join();
  await instance.takeAndAck('snapshot');
  writeFileSync(file, text);
  const { reasons } = await controlPlane.refusal();
  expect(reasons[0]).toMatchObject({ source: 'edge.yaml', pointer });
  expect(await controlPlane.activeSequence()).toBe(1);
  expect(instance.received).toEqual([]);
  expect(await (await controlPlane.get('/metrics')).text()).toContain(
    'holdfast_controlplane_documents_refused{data_plane="*"} 1',
  );
  const mended = performance.now();
  writeFileSync(file, documentOf('b', 'c'));
  const { sequence } = await eventually('the mended documents to be sent', () => {
    const [message] = instance.received;
    if (message?.type === 'delta') return message.to;
    return message?.type === 'snapshot' && message.revision;
  });
  expect(performance.now() - mended).toBeLessThan(1_000);
  expect(sequence).toBe(2);
});

test('I5: deleting the last document publishes nothing, an explicit `routes: []` empties', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const controlPlane = await start(file);
  const instance = await controlPlane.join();
  await instance.takeAndAck('snapshot');
  rmSync(file);
  await controlPlane.refusal();
  expect(await controlPlane.activeSequence()).toBe(1);
  writeFileSync(file, 'routes: []\n');
  const { resources } = await instance.take('snapshot');
  expect(resources).toEqual([]);
});

test('I5: with nothing known nothing is published, and the last good is served without its source', async () => {
  const file = workspace.path('edge.yaml');
  const empty = await start(file);
  const waiting = await empty.join();
  await waiting.take('welcome');
  expect((await empty.instances())[0]).toMatchObject({ state: 'Behind', revision: null });
  writeFileSync(file, documentOf('a'));
  const revision = await waiting.takeAndAck('snapshot');
  await stop(empty);
  rmSync(file);
  const controlPlane = await start(file);
  expect((await (await controlPlane.join()).take('snapshot')).revision).toEqual(revision);
  expect((await controlPlane.refusal()).reasons[0]).toMatchObject({ found: 'none' });
});

test('with a directory each DataPlane gets its own, and one that is broken holds back no other', async () => {
  workspace.write('conf/default/edge.yaml', documentOf('a'));
  workspace.write('conf/default/inner.yaml', documentOf('b'));
  const controlPlane = await start(workspace.path('conf'));
  const edge = await controlPlane.join({ dataPlane: 'default/edge' });
  const inner = await controlPlane.join({ dataPlane: 'default/inner', instance: 'inner-1' });
  expect((await edge.take('snapshot')).resources.map(([key]) => key)).toContain('route/a');
  await inner.takeAndAck('snapshot');
  workspace.write('conf/default/edge.yaml', 'broken: [\n');
  await controlPlane.refusal();
  workspace.write('conf/default/inner.yaml', documentOf('b', 'c'));
  expect((await inner.take('delta')).upserts.map(([key]) => key)).toEqual(['route/c']);
});

test('a damaged newest revision is reported, and an instance that has it is not taken back but overtaken', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const before = await start(file);
  const instance = await before.join();
  await instance.takeAndAck('snapshot');
  writeFileSync(file, documentOf('a', 'b'));
  const newest = await instance.takeAndAck('delta');
  await stop(before);
  const stored = workspace.path('state/shared');
  truncateSync(`${stored}/${readdirSync(stored).sort().at(-1)}`, 100);
  writeFileSync(file, '');
  const controlPlane = await start(file);
  expect((await controlPlane.revisions()).map(({ state, sequence }) => [state, sequence])).toEqual([
    ['Refused', null],
    ['Active', 1],
    ['Unreadable', 2],
  ]);
  const ahead = await controlPlane.join({ have: newest });
  await eventually(
    'the instance to be seen as ahead',
    async () => (await controlPlane.instances())[0]?.state === 'Ahead',
  );
  writeFileSync(file, documentOf('c'));
  expect((await ahead.take('snapshot')).revision).toMatchObject({ lineage: newest.lineage, sequence: 3 });
});

test('a state directory restored from an older copy publishes above what instances have', async () => {
  const controlPlane = await start(workspace.write('edge.yaml', documentOf('a')));
  const revision = await (await controlPlane.join()).takeAndAck('snapshot');
  const hash = `sha256:${'0'.repeat(64)}`;
  const ahead = await controlPlane.join({ instance: 'edge-2', have: { ...revision, sequence: 7, hash } });
  expect((await ahead.take('snapshot')).revision).toEqual({ ...revision, sequence: 8 });
  const forked = await controlPlane.join({ instance: 'edge-3', have: { ...revision, sequence: 8, hash } });
  await forked.takeAndAck('snapshot');
  expect((await forked.take('delta')).to).toEqual({ ...revision, sequence: 9 });
});

test('a lost state directory begins a new lineage; who has the same content gets an empty delta', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const before = await start(file);
  const revision = await (await before.join()).takeAndAck('snapshot');
  await stop(before);
  rmSync(workspace.path('state'), { recursive: true });
  const { from, to, upserts, removals } = await (await (await start(file)).join({ have: revision })).take(
    'delta',
  );
  expect([from, upserts, removals]).toEqual([revision, [], []]);
  expect(to.lineage).not.toBe(revision.lineage);
});

test('stored revisions that could not be listed at the start reach instances that wait when they are back', async () => {
  const [source, stored] = [workspace.path('conf'), workspace.path('state/dataplanes')];
  const file = workspace.write('conf/default/edge.yaml', documentOf('a'));
  const before = await start(source);
  const revision = await (await before.join()).takeAndAck('snapshot');
  await stop(before);
  const [storedAside, fileAside] = [workspace.path('stored'), workspace.path('edge.yaml')];
  renameSync(stored, storedAside);
  renameSync(file, fileAside);
  const waiting = await (await start(source)).join();
  await waiting.take('welcome');
  renameSync(storedAside, stored);
  renameSync(fileAside, file);
  expect((await waiting.take('snapshot')).revision).toEqual(revision);
});

test('a state directory that cannot be written holds new revisions back, says so, and goes on when it can', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const controlPlane = await start(file);
  const instance = await controlPlane.join();
  await instance.takeAndAck('snapshot');
  const stored = workspace.path('state/shared');
  rmSync(stored, { recursive: true });
  writeFileSync(stored, 'in the way');
  writeFileSync(file, documentOf('b'));
  const unwritten = await eventually('the failure to be shown', async () => {
    return (await controlPlane.revisions()).find(({ state }) => state === 'Unwritten');
  });
  expect(unwritten.reasons[0]).toMatchObject({ code: 'STORE_UNWRITABLE' });
  expect(instance.received).toEqual([]);
  rmSync(stored);
  expect((await instance.take('snapshot')).revision.sequence).toBe(2);
});

test('two control planes never use one state directory', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  await start(file);
  await expect(start(file)).rejects.toMatchObject({ code: 'STATE_LOCKED' });
});

test('an address in use is said clearly, and nothing stays behind', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const first = await start(file);
  const port = Number(first.stream.split(':')[1]);
  const options = { stateDirectory: workspace.path('other'), listen: { host: '127.0.0.1', port } };
  await expect(start(file, options)).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  expect(readdirSync(workspace.path('other'))).toEqual(['shared']);
});

test('I10: an older instance gets what it can know, or nothing new at all and is shown as VersionSkew', async () => {
  const balanced = documentOf('a').replace(
    'name: main,',
    'name: main, loadBalancing: {policy: LeastRequest},',
  );
  const file = workspace.write('edge.yaml', balanced);
  const controlPlane = await start(file);
  const older = await controlPlane.join({ schemaLevel: 1 });
  const { revision, resources } = await older.take('snapshot');
  expect(JSON.stringify(resources)).not.toContain('loadBalancing');
  older.ack(revision);
  await eventually(
    'the instance to be synced',
    async () => (await controlPlane.instances())[0]?.state === 'Synced',
  );
  writeFileSync(
    file,
    balanced.replace(
      '{name: a,',
      '{name: a, filters: [{type: URLRewrite, urlRewrite: {hostname: x.example}}],',
    ),
  );
  const skewed = await eventually('the version skew to show', async () => {
    return (await controlPlane.instances()).find(({ state }) => state === 'VersionSkew');
  });
  expect(skewed).toMatchObject({
    revision,
    reasons: [{ pointer: expect.stringContaining('/route/a/filters/0') }],
  });
  const upgraded = await controlPlane.join({ instance: 'edge-2', have: revision });
  expect((await upgraded.take('snapshot')).revision.sequence).toBe(2);
});

test('I10: an older control plane refuses what it does not know and serves a newer instance', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const controlPlane = await start(file, { schemaLevel: 1 });
  const instance = await controlPlane.join({ schemaLevel: 3 });
  expect((await instance.take('welcome')).schemaLevel).toBe(1);
  await instance.takeAndAck('snapshot');
  writeFileSync(
    file,
    documentOf('a').replace('name: main,', 'name: main, loadBalancing: {policy: LeastRequest},'),
  );
  expect((await controlPlane.refusal()).reasons[0]).toMatchObject({ pointer: '/backends/0/loadBalancing' });
});

test('a refused revision is shown with its reasons, and the next one is sent all the same', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  const controlPlane = await start(file);
  const instance = await controlPlane.join();
  const { revision } = await instance.take('snapshot');
  const reasons = [{ code: 'CompileFailed', message: 'it does not compile', pointer: '/route/a' }];
  instance.send({ type: 'nack', revision, reasons });
  const refused = await eventually('the refusal to show', async () => {
    return (await controlPlane.instances()).find(({ state }) => state === 'Refused');
  });
  expect(refused).toMatchObject({ reasons, revision: null });
  writeFileSync(file, documentOf('b'));
  expect((await instance.take('snapshot')).revision.sequence).toBe(2);
});

test('at its end it says goodbye to every instance and is gone soon', async () => {
  const controlPlane = await start(workspace.write('edge.yaml', documentOf('a')));
  const instance = await controlPlane.join();
  await instance.takeAndAck('snapshot');
  const began = performance.now();
  await stop(controlPlane);
  expect((await instance.take('goaway')).spreadMs).toBeGreaterThanOrEqual(1_000);
  expect(performance.now() - began).toBeLessThan(3_000);
  await expect(LightInstance.connect(controlPlane.stream)).rejects.toThrow('ECONNREFUSED');
});

test('the API answers what it does not have with JSON, and changes nothing', async () => {
  const controlPlane = await start(workspace.write('edge.yaml', documentOf('a')));
  expect(await (await controlPlane.get('/nothing')).json()).toMatchObject({ reason: 'NotFound' });
  expect(await (await controlPlane.get('/status/ready')).json()).toMatchObject({ ready: true, reasons: [] });
  const metrics = await (await controlPlane.get('/metrics')).text();
  expect(metrics).toContain('holdfast_controlplane_source_synced 1');
  expect(metrics).toContain('holdfast_controlplane_revision_sequence{data_plane="*"} 1');
});
