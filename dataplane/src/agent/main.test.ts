import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ControlPlane } from '../configuration/fixtures/control-plane.ts';
import { Inbox } from '../configuration/fixtures/inbox.ts';
import { revision, snapshot } from '../configuration/fixtures/revisions.ts';
import type { AgentSettings, AgentToSupervisor } from '../supervisor/agent-messages.ts';

const NOBODY = 'ws://127.0.0.1:9/v1/stream';
const r1 = revision(1);
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The thread as the supervisor starts it. */
function startThread(controlPlaneUrl: string, serving?: AgentSettings['serving']) {
  const workerData: AgentSettings = {
    instance: 'i-1',
    dataPlane: 'default/edge',
    version: '0.1.0',
    schemaLevel: 2,
    controlPlanes: [controlPlaneUrl],
    logLevel: 'silent',
    ...(serving && { serving }),
  };
  const thread = new Worker(new URL('./main.ts', import.meta.url), { workerData });
  ends.push(() => thread.terminate());
  const told = new Inbox<AgentToSupervisor>();
  thread.on('message', (message: AgentToSupervisor) => told.put(message));
  return { thread, told };
}

async function controlPlane(onUpgrade?: () => boolean): Promise<ControlPlane> {
  const server = await ControlPlane.start(onUpgrade ? { onUpgrade } : {});
  ends.push(() => server.kill());
  return server;
}

test('carries what it is told and what it tells over the port of the thread', async () => {
  const server = await controlPlane();
  const { thread, told } = startThread(server.url);
  const peer = await server.peers.next();
  peer.send(snapshot(r1));
  await told.nextThat(({ type }) => type === 'apply');
  thread.postMessage({ type: 'served', revision: r1.id });
  expect(await peer.messages.nextThat(({ type }) => type === 'ack')).toEqual({
    type: 'ack',
    revision: r1.id,
  });
});

test.each<[string, (() => boolean) | undefined]>([
  ['with a stream', undefined],
  ['with a control plane that never answers', () => true],
])('ends within a second when it is told to stop, %s', async (_title, onUpgrade) => {
  const server = await controlPlane(onUpgrade);
  const { thread } = startThread(server.url);
  await server.upgrades.next();
  const startedAt = performance.now();
  thread.postMessage({ type: 'stop' });
  expect(await once(thread, 'exit')).toEqual([0]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('an error that nobody handles ends the thread, for the supervisor to start another', async () => {
  const { thread } = startThread(NOBODY, {
    revision: r1.id,
    origin: 'stream',
    trial: false,
    resources: [['route/a', '{']],
    facts: [],
  });
  expect(await once(thread, 'exit')).toEqual([1]);
});
