import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { eventually } from '../fixtures/eventually.ts';
import { LightInstance } from '../fixtures/light-instance.ts';
import { RunningControlPlane } from '../fixtures/running-control-plane.ts';
import { documentOf, Workspace } from '../fixtures/workspace.ts';

let workspace: Workspace;
let open: RunningControlPlane;
let guarded: RunningControlPlane;

beforeAll(async () => {
  workspace = new Workspace();
  open = await RunningControlPlane.start(workspace.write('open/edge.yaml', documentOf('a')));
  const tokenFile = workspace.write('tokens', 'default/edge edge-token\nother/edge other-token\n');
  guarded = await RunningControlPlane.start(workspace.write('guarded/edge.yaml', documentOf('a')), {
    tokenFile,
  });
});

afterAll(async () => {
  await Promise.all([open.close(), guarded.close()]);
  workspace.remove();
});

/** The status of the HTTP answer to an upgrade. */
function upgradeStatus(
  address: string,
  path: string,
  protocol: string,
  headers: Record<string, string> = {},
) {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const socket = new WebSocket(`ws://${address}${path}`, protocol, { headers });
  socket.on('unexpected-response', (_request, response) => {
    resolve(response.statusCode);
    socket.terminate();
  });
  socket.on('open', () => reject(new Error('the upgrade was accepted')));
  socket.on('error', () => undefined);
  return promise;
}

function closing(instance: LightInstance, timeoutMs?: number) {
  return eventually('the stream to be closed', () => instance.closed, timeoutMs);
}

test('an upgrade to another path, without the subprotocol or from a web page is refused', async () => {
  expect(await upgradeStatus(open.stream, '/v1/other', 'holdfast.v1')).toBe(404);
  expect(await upgradeStatus(open.stream, '/v1/stream', 'holdfast.v9')).toBe(400);
  const origin = { origin: 'http://evil.example' };
  expect(await upgradeStatus(open.stream, '/v1/stream', 'holdfast.v1', origin)).toBe(403);
  expect((await fetch(`http://${open.stream}/v1/stream`)).status).toBe(426);
  expect((await fetch(`http://${open.stream}/`)).status).toBe(404);
});

test('I7: without the right token there is no stream, with it only the one of its DataPlane', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'edge-token' }]) {
    expect(
      await upgradeStatus(guarded.stream, '/v1/stream', 'holdfast.v1', headers as Record<string, string>),
    ).toBe(401);
  }
  const own = await guarded.join({}, 'edge-token');
  await own.take('snapshot');
  const foreign = await guarded.join({}, 'other-token');
  expect(await closing(foreign)).toEqual({ code: 1008, reason: 'WrongDataPlane' });
  expect(foreign.received).toEqual([]);
});

test('who says nothing is closed after 3 s, and who says something else first at once', async () => {
  const silent = await LightInstance.connect(open.stream);
  const early = await LightInstance.connect(open.stream);
  early.ack({ lineage: 'L', sequence: 1, hash: `sha256:${'0'.repeat(64)}` });
  expect(await closing(early)).toEqual({ code: 1008, reason: 'HelloMissing' });
  expect(silent.closed).toBeUndefined();
  expect(await closing(silent)).toEqual({ code: 1008, reason: 'HelloMissing' });
});

test.each<[string, string | Buffer, number]>([
  ['no JSON', 'nonsense', 1007],
  ['a hello without its fields', '{"type":"hello"}', 1007],
  ['bytes that are not gzip', Buffer.from('nonsense'), 1007],
  ['more than is allowed', 'x'.repeat(300_000), 1009],
])('%s ends the stream with a code, and the server goes on', async (_what, data, code) => {
  const instance = await LightInstance.connect(open.stream);
  instance.socket.send(data);
  expect((await closing(instance)).code).toBe(code);
  await (await open.join()).take('snapshot');
});

test('a message of an unknown type is counted and ignored', async () => {
  const instance = await open.join();
  await instance.take('snapshot');
  instance.socket.send('{"type":"future","anything":1}');
  instance.hello();
  await instance.take('snapshot');
  const metrics = await (await open.get('/metrics')).text();
  expect(metrics).toContain('stream_messages_total{direction="received",type="unknown"} 1');
});

test('who asks for snapshots without end is closed', async () => {
  const instance = await LightInstance.connect(open.stream);
  for (let count = 0; count <= 10; count++) instance.hello();
  expect(await closing(instance)).toEqual({ code: 1008, reason: 'TooManyHellos' });
});

test('a peer that resets in the middle of its upgrade ends nothing but itself', async () => {
  const [host, port] = open.stream.split(':');
  for (let count = 0; count < 20; count++) {
    const socket = connect(Number(port), host);
    socket.on('error', () => undefined);
    const head = 'GET /v1/stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    socket.write(head, () => socket.resetAndDestroy());
  }
  await (await open.join()).take('snapshot');
});

test('a lost instance shows as LostContact, with its last report', async () => {
  const instance = await open.join({ instance: 'lost' });
  await instance.take('snapshot');
  const figures = { ready: true, degraded: false, draining: false, workers: { desired: 2, serving: 2 } };
  instance.send({ type: 'report', ...figures, requests: { total: 7, failed: 0 } });
  const entry = async () => (await open.instances()).find((view) => view.instance === 'lost');
  await eventually('the report to show', async () => (await entry())?.report?.requests.total === 7);
  instance.socket.terminate();
  await eventually('the loss to show', async () => (await entry())?.state === 'LostContact');
});
