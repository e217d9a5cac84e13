import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packBootstrap } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import { SCHEMA_LEVEL } from '@holdfast/protocol/configuration/levels.ts';
import type { Backend } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';
import { pino } from 'pino';
import { ControlPlane, type ControlPlaneOptions, WELCOME } from '../configuration/fixtures/control-plane.ts';
import { Inbox } from '../configuration/fixtures/inbox.ts';
import { delta, endpointsFact, revision, snapshot } from '../configuration/fixtures/revisions.ts';
import type { AgentSettings, AgentToSupervisor } from '../supervisor/agent-messages.ts';
import { Agent } from './agent.ts';

type Told<T extends AgentToSupervisor['type']> = Extract<AgentToSupervisor, { type: T }>;

const NOBODY = 'ws://127.0.0.1:9/v1/stream';
const r1 = revision(1);
const r2 = revision(2);
const ends: (() => Promise<unknown>)[] = [];
let cacheDirectory: string;

beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  ends.push(() => rm(cacheDirectory, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function controlPlane(options?: ControlPlaneOptions): Promise<ControlPlane> {
  const server = await ControlPlane.start(options);
  ends.push(() => server.kill());
  return server;
}

/** An agent with the supervisor's part in the hands of the test. */
function startAgent(controlPlaneUrl: string, settings: Partial<AgentSettings> = {}) {
  const told = new Inbox<AgentToSupervisor>();
  const agent = new Agent(
    {
      instance: 'i-1',
      dataPlane: 'default/edge',
      version: '0.1.0',
      schemaLevel: 2,
      controlPlanes: [controlPlaneUrl],
      cacheDirectory,
      logLevel: 'silent',
      ...settings,
    },
    (message) => told.put(message),
    pino({ level: 'silent' }),
  );
  ends.push(() => agent.stop());
  agent.start();
  const toldOf = <T extends AgentToSupervisor['type']>(type: T) =>
    told.nextThat((message): message is Told<T> => message.type === type);
  const serve = async ({ id }: Revision) => {
    const { transaction } = await toldOf('apply');
    expect(transaction.revision).toEqual(id);
    agent.receive({ type: 'served', revision: id });
    return transaction;
  };
  return { agent, toldOf, serve };
}

test('a snapshot is checked and applied, and acknowledged once the workers serve it and it is on the disk', async () => {
  const server = await controlPlane();
  const { serve } = startAgent(server.url);
  const peer = await server.peers.next();
  peer.send(snapshot(r1));
  expect(await serve(r1)).toMatchObject({ origin: 'stream', complete: true });
  const ack = await peer.messages.nextThat(({ type }) => type === 'ack');
  expect(ack).toEqual({ type: 'ack', revision: r1.id });
  const next = startAgent(NOBODY);
  expect(await next.serve(r1)).toMatchObject({ origin: 'disk', complete: true });
});

test('I1: with a cache and without a control plane it serves, and when one comes it needs no snapshot', async () => {
  const first = await controlPlane();
  const { serve } = startAgent(first.url);
  const peer = await first.peers.next();
  peer.send(snapshot(r1));
  await serve(r1);
  await peer.messages.nextThat(({ type }) => type === 'ack');
  const second = await controlPlane();
  const restarted = startAgent(second.url);
  const hello = await (await second.peers.next()).messages.next();
  expect(hello).toMatchObject({ type: 'hello', have: r1.id });
  second.peers.all[0]!.send(delta(r1, r2));
  await restarted.serve(r1);
  expect(await restarted.serve(r2)).toMatchObject({ complete: false, deleteResources: ['route/r1'] });
});

test('I3: a revision that breaks the rules never reaches a worker, and both sides are told why', async () => {
  const server = await controlPlane();
  const { toldOf } = startAgent(server.url);
  const resources = resourceSet([['route/a', { name: 'a', backendRefs: [{ name: 'missing' }] }]]);
  const dangling = { id: { ...r2.id, hash: hashResources(resources) }, resources };
  const peer = await server.peers.next();
  peer.send(snapshot(dangling));
  const reasons = [{ code: 'InvalidConfiguration', pointer: '/route/a/backendRefs/0/name' }];
  expect(await toldOf('refused')).toMatchObject({ revision: dangling.id, origin: 'stream', reasons });
  const nack = await peer.messages.nextThat(({ type }) => type === 'nack');
  expect(nack).toMatchObject({ revision: dangling.id, reasons });
});

test('what a worker refuses is taken back and told upwards', async () => {
  const server = await controlPlane();
  const { agent, serve, toldOf } = startAgent(server.url);
  const peer = await server.peers.next();
  peer.send(snapshot(r1));
  await serve(r1);
  peer.send(delta(r1, r2));
  await toldOf('apply');
  agent.receive({
    type: 'refused',
    revision: r2.id,
    reasons: [{ code: 'WorkerRefused', message: 'no memory' }],
  });
  expect((await toldOf('apply')).transaction).toMatchObject({ revision: r1.id, complete: true });
  const nack = await peer.messages.nextThat(({ type }) => type === 'nack');
  expect(nack).toMatchObject({ revision: r2.id, have: r1.id, reasons: [{ message: 'no memory' }] });
});

test('when the cached revision is refused between hello and welcome, a snapshot is asked for all the same', async () => {
  const first = await controlPlane();
  const before = startAgent(first.url);
  const peer = await first.peers.next();
  peer.send(snapshot(r1));
  await before.serve(r1);
  await peer.messages.nextThat(({ type }) => type === 'ack');
  await before.agent.stop();
  const server = await controlPlane({ onHello: () => {} });
  const { agent, toldOf } = startAgent(server.url);
  await toldOf('apply');
  const welcoming = await server.peers.next();
  expect(await welcoming.messages.next()).toMatchObject({ type: 'hello', have: r1.id });
  agent.receive({
    type: 'refused',
    revision: r1.id,
    reasons: [{ code: 'WorkerRefused', message: 'no memory' }],
  });
  welcoming.send(WELCOME);
  welcoming.send({ type: 'current', revision: r1.id });
  const hello = await welcoming.messages.next();
  expect(hello).toMatchObject({ type: 'hello' });
  expect(hello).not.toHaveProperty('have');
});

test('a delta that does not fit is answered with a hello without `have`', async () => {
  const server = await controlPlane();
  startAgent(server.url);
  const peer = await server.peers.next();
  await peer.messages.next();
  peer.send(delta(r1, r2));
  const hello = await peer.messages.next();
  expect(hello).toMatchObject({ type: 'hello', instance: 'i-1' });
  expect(hello).not.toHaveProperty('have');
});

test('facts are applied without a revision, and are there after a restart', async () => {
  const fact = endpointsFact('orders:8080', '1');
  const server = await controlPlane();
  const { agent, toldOf } = startAgent(server.url);
  (await server.peers.next()).send({ type: 'facts', complete: true, facts: [fact] });
  const puts = [['endpoints/orders:8080', JSON.stringify(fact)]];
  expect((await toldOf('apply')).transaction).toMatchObject({ revision: null, putFacts: puts });
  await agent.stop();
  expect((await startAgent(NOBODY).toldOf('apply')).transaction).toMatchObject({
    revision: null,
    putFacts: puts,
  });
});

describe('bootstrap', () => {
  async function writeBootstrap(directory: string, { id, resources }: Revision): Promise<void> {
    const revisions = [{ level: 1, revision: { id, resources } }];
    const [part] = await packBootstrap({ dataPlane: 'default/edge', facts: [], revisions });
    await writeFile(join(directory, 'next'), part!);
    await rename(join(directory, 'next'), join(directory, 'part-0'));
  }

  async function bootstrapDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
    ends.push(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  test('I1: with neither control plane nor cache its revision serves, and after a restart it comes from the cache', async () => {
    const directory = await bootstrapDirectory();
    await writeBootstrap(directory, r1);
    const { agent, serve } = startAgent(NOBODY, { bootstrapDirectory: directory });
    expect(await serve(r1)).toMatchObject({ origin: 'bootstrap' });
    await agent.stop();
    const again = startAgent(NOBODY, { bootstrapDirectory: directory });
    expect(await again.serve(r1)).toMatchObject({ origin: 'disk' });
  });

  test('I1: one that comes after the start is found', async () => {
    const directory = await bootstrapDirectory();
    const { serve, toldOf } = startAgent(NOBODY, { bootstrapDirectory: directory });
    await toldOf('metrics');
    await writeBootstrap(directory, r1);
    expect(await serve(r1)).toMatchObject({ origin: 'bootstrap' });
  });

  test('a hello says that the instance has its revision, so that a fleet that starts is sent no snapshots', async () => {
    const directory = await bootstrapDirectory();
    await writeBootstrap(directory, r1);
    const server = await controlPlane();
    startAgent(server.url, { bootstrapDirectory: directory });
    const peer = await server.peers.next();
    expect(await peer.messages.next()).toMatchObject({ type: 'hello', have: r1.id });
  });

  test('a damaged one is counted once, and the stream serves', async () => {
    const directory = await bootstrapDirectory();
    await writeFile(join(directory, 'part-0'), 'no bootstrap');
    const server = await controlPlane();
    const { serve, toldOf } = startAgent(server.url, { bootstrapDirectory: directory });
    (await server.peers.next()).send(snapshot(r1));
    expect(await serve(r1)).toMatchObject({ origin: 'stream' });
    expect((await toldOf('metrics')).sample.bootstrapFailures).toBe(1);
  });
});

test('one that replaces a dead one goes on from what serves', async () => {
  const server = await controlPlane();
  const resources = snapshot(r1).resources.map(
    ([key, resource]) => [key, JSON.stringify(resource)] as [typeof key, string],
  );
  const serving = { revision: r1.id, origin: 'stream' as const, trial: false, resources, facts: [] };
  const { serve } = startAgent(server.url, { serving });
  const peer = await server.peers.next();
  expect(await peer.messages.next()).toMatchObject({ have: r1.id });
  peer.send(delta(r1, r2));
  expect(await serve(r2)).toMatchObject({ complete: false });
});

test('says its connection and its counts, and passes reports on', async () => {
  const server = await controlPlane();
  const { agent, toldOf } = startAgent(server.url);
  expect(await toldOf('controlPlane')).toMatchObject({ connected: false, endpoint: null });
  expect(await toldOf('controlPlane')).toMatchObject({ connected: false, endpoint: server.url });
  expect(await toldOf('controlPlane')).toMatchObject({ connected: true, endpoint: server.url });
  const peer = await server.peers.next();
  const report = {
    type: 'report' as const,
    ready: true,
    degraded: false,
    draining: false,
    workers: { desired: 2, serving: 2 },
    requests: { total: 5, failed: 0 },
  };
  agent.receive({ type: 'report', report });
  expect(await peer.messages.nextThat(({ type }) => type === 'report')).toEqual(report);
  const { sample } = await toldOf('metrics');
  expect(sample).toMatchObject({ connects: 1, connectFailures: 0, cacheFailures: 0 });
  expect(sample.messages).toEqual([{ type: 'welcome', count: 1, bytes: expect.any(Number) }]);
});

test('a cache that can not be used holds nothing up', async () => {
  const blocked = join(cacheDirectory, 'file');
  await writeFile(blocked, '');
  const server = await controlPlane();
  const { serve, toldOf } = startAgent(server.url, { cacheDirectory: blocked });
  const peer = await server.peers.next();
  peer.send(snapshot(r1));
  await serve(r1);
  await peer.messages.nextThat(({ type }) => type === 'ack');
  expect((await toldOf('metrics')).sample.cacheFailures).toBeGreaterThan(0);
});

/** A revision with this backend. */
function revisionWith(fields: Omit<Backend, 'name'>): Revision {
  const resources = resourceSet([['backend/b', { name: 'b', ...fields }]]);
  return { id: { lineage: 'L', sequence: 1, hash: hashResources(resources) }, resources };
}

const LEVEL = { schemaLevel: SCHEMA_LEVEL };

test('a revision with a name is applied together with the addresses of the name', async () => {
  const server = await controlPlane();
  const { toldOf } = startAgent(server.url, LEVEL);
  (await server.peers.next()).send(snapshot(revisionWith({ dns: { hostname: 'localhost', port: 80 } })));
  const applied = await toldOf('apply');
  const { transaction } = applied.transaction.revision === null ? await toldOf('apply') : applied;
  const facts = [...applied.transaction.putFacts, ...transaction.putFacts];
  expect(transaction.revision).not.toBeNull();
  expect(facts.map(([key]) => key)).toContain('addresses/localhost:80');
  expect(facts.map(([, json]) => json).join()).toContain('"address":"127.0.0.1","port":80');
});

test('addresses of a name that no revision names any more are forgotten', async () => {
  const server = await controlPlane();
  const { agent, toldOf, serve } = startAgent(server.url, LEVEL);
  const named = revisionWith({ dns: { hostname: 'localhost', port: 80 } });
  const peer = await server.peers.next();
  peer.send(snapshot(named));
  let { transaction } = await toldOf('apply');
  while (transaction.revision === null) ({ transaction } = await toldOf('apply'));
  agent.receive({ type: 'served', revision: named.id });
  const after = revision(2);
  peer.send(snapshot(after));
  await serve(after);
  const forgotten = await toldOf('apply');
  expect(forgotten.transaction.deleteFacts).toEqual(['addresses/localhost:80']);
});

test('endpoints of what serves are checked, those that fail are told, and a replacement knows of them', async () => {
  const server = await controlPlane();
  const dead = { address: '127.0.0.1', port: 9 };
  const endpoints = [dead, { address: '127.0.0.1', port: server.port }];
  const active = { interval: '100ms', unhealthyThreshold: 1, healthyThreshold: 1 };
  const checked = revisionWith({ endpoints, healthCheck: { active } });
  const { agent, toldOf, serve } = startAgent(server.url, LEVEL);
  (await server.peers.next()).send(snapshot(checked));
  await serve(checked);
  expect(await toldOf('health')).toEqual({ type: 'health', backend: 'b', unhealthy: ['127.0.0.1:9'] });
  const { sample } = await toldOf('metrics');
  expect(sample.healthChecks.good + sample.healthChecks.failed).toBeGreaterThan(0);
  await agent.stop();

  const unhealthy: AgentSettings['unhealthy'] = [['b', [`127.0.0.1:${server.port}`]]];
  const next = startAgent(server.url, { ...LEVEL, unhealthy });
  (await server.peers.next()).send(snapshot(checked));
  await next.serve(checked);
  const states = [(await next.toldOf('health')).unhealthy, (await next.toldOf('health')).unhealthy];
  expect(states.at(-1)).toEqual(['127.0.0.1:9']);
});

test.each<[says: string, settings: Partial<AgentSettings>, zone: string]>([
  ['the control plane', {}, 'told'],
  ['the settings, whatever the control plane says', { zone: 'given' }, 'given'],
])('its zone is what %s', async (_says, settings, zone) => {
  const server = await controlPlane({
    onHello: (peer) => peer.send({ ...WELCOME, zone: 'told' }),
  });
  const { toldOf } = startAgent(server.url, settings);
  const { transaction } = await toldOf('apply');
  expect(transaction.putFacts).toEqual([['zone/own', expect.stringContaining(`"zone":"${zone}"`)]]);
});
