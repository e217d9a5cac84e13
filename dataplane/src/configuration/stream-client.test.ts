import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProtocolError } from '@holdfast/protocol/errors.ts';
import type { ControlPlaneMessage, Hello, Report } from '@holdfast/protocol/stream/messages.ts';
import {
  answer,
  answerStandby,
  ControlPlane,
  type ControlPlaneOptions,
  WELCOME,
} from './fixtures/control-plane.ts';
import { Inbox } from './fixtures/inbox.ts';
import { endpointsFact, revision, snapshot } from './fixtures/revisions.ts';
import { StreamClient, type StreamClientOptions, type StreamState } from './stream-client.ts';
import type { StreamEnd } from './stream-connection.ts';

const HELLO: Hello = {
  type: 'hello',
  instance: 'i-1',
  dataPlane: 'default/edge',
  version: '0.1.0',
  schemaLevel: 2,
};
const REPORT: Report = {
  type: 'report',
  ready: true,
  degraded: false,
  draining: false,
  workers: { desired: 2, serving: 2 },
  requests: { total: 1, failed: 0 },
};

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function controlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const started = await ControlPlane.start(options);
  ends.push(() => started.kill());
  return started;
}

/** A client with what it told. Tries follow each other quickly unless a test says otherwise. */
function client(endpoints: string[], options: Partial<StreamClientOptions> = {}) {
  const states = new Inbox<StreamState>();
  const messages = new Inbox<ControlPlaneMessage>();
  const over = new Inbox<StreamEnd & { endpoint: string; at: number }>();
  const discarded = new Inbox<string>();
  const stream = new StreamClient({
    endpoints,
    hello: () => HELLO,
    onMessage: (message) => messages.put(message),
    onState: (state) => states.put(state),
    onEnd: (end, endpoint) => over.put({ ...end, endpoint, at: performance.now() }),
    onDiscarded: (error: ProtocolError) => discarded.put(error.code),
    ...options,
    timing: { firstMs: 5, maxMs: 20, briefMs: 0, connectMs: 300, welcomeMs: 300, ...options.timing },
  });
  ends.push(() => stream.close());
  stream.start();
  const connected = () => states.nextThat((state) => state.connected);
  return { stream, states, messages, over, discarded, connected };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** A port that takes connections and never says a word. */
async function blackHole(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server);
}

function url(port: number, host = '127.0.0.1'): string {
  return `ws://${host}:${port}/v1/stream`;
}

describe('a good stream', () => {
  test('says hello with the subprotocol, is connected when it is welcome, and carries messages both ways', async () => {
    const server = await controlPlane();
    const { stream, states, messages, connected } = client([server.url]);
    const peer = await server.peers.next();
    expect(peer.request.headers['sec-websocket-protocol']).toBe('holdfast.v1');
    expect(peer.request.headers['sec-websocket-extensions']).toBeUndefined();
    expect(peer.request.headers.authorization).toBeUndefined();
    expect(await peer.messages.next()).toEqual(HELLO);
    expect(await connected()).toMatchObject({ connected: true, endpoint: server.url });
    expect(states.all.map((state) => state.connected)).toEqual([false, true]);
    expect(stream.state.since).toBe(new Date(stream.state.since).toISOString());
    expect(await messages.next()).toEqual(WELCOME);
    peer.send(snapshot(revision(1)));
    expect(await messages.next()).toEqual(snapshot(revision(1)));
    expect(stream.send(REPORT)).toBe(true);
    expect(await peer.messages.next()).toEqual(REPORT);
  });

  test('lasts as long as the peer answers pings, and answers those of the peer', async () => {
    const server = await controlPlane();
    const { stream, over } = client([server.url], { timing: { pingMs: 20, silenceMs: 150 } });
    const peer = await server.peers.next();
    for (let pings = 0; pings < 15; pings++) await once(peer.socket, 'ping');
    const pong = once(peer.socket, 'pong');
    peer.socket.ping();
    await pong;
    expect(over.all).toEqual([]);
    expect(stream.state.connected).toBe(true);
  });

  test('is closed within the bound although the peer does not answer the closing handshake', async () => {
    const server = await controlPlane();
    const { stream, connected } = client([server.url], { timing: { closeMs: 50 } });
    const peer = await server.peers.next();
    await connected();
    peer.socket.pause();
    const startedAt = performance.now();
    await stream.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(stream.send(REPORT)).toBe(false);
  });

  test('tells nothing more once it is closed', async () => {
    const server = await controlPlane();
    const { stream, states, messages, connected } = client([server.url]);
    const peer = await server.peers.next();
    await connected();
    await messages.next();
    const closed = stream.close();
    peer.send({ type: 'facts', complete: true, facts: [endpointsFact('a:1', '1')] });
    await closed;
    expect(messages.all).toEqual([WELCOME]);
    expect(states.all.at(-1)?.connected).toBe(true);
  });
});

describe('endpoints that do not serve', () => {
  test('a dead first endpoint costs one try', async () => {
    const server = await controlPlane();
    const dead = url(await deadPort());
    const { over, connected } = client([dead, server.url]);
    expect((await connected()).endpoint).toBe(server.url);
    expect(over.all).toMatchObject([
      { kind: 'failed', endpoint: dead, reason: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  test('a black-holed port is given up when the time to connect is over', async () => {
    const server = await controlPlane();
    const hole = url(await blackHole());
    const startedAt = performance.now();
    const { over, connected } = client([hole, server.url]);
    await connected();
    expect(over.all).toMatchObject([{ kind: 'failed', endpoint: hole }]);
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });

  test('one that takes the hello and never says welcome is given up', async () => {
    const mute = await controlPlane({ onHello: () => {} });
    const server = await controlPlane();
    const { over, connected } = client([mute.url, server.url]);
    expect((await connected()).endpoint).toBe(server.url);
    expect(over.all).toMatchObject([{ kind: 'failed', reason: 'no welcome within 300 ms' }]);
  });

  test.each([
    ['401 TokenInvalid', 'HTTP 401 TokenInvalid'],
    ['503 ShuttingDown', 'HTTP 503 ShuttingDown'],
    ['302 Found', 'HTTP 302 Found'],
  ])('an upgrade that is answered %s is a failure', async (status, reason) => {
    const refusing = await controlPlane({
      onUpgrade: (_request, socket) => answer(socket, status, { Location: '/' }),
    });
    const { over } = client([refusing.url]);
    expect(await over.next()).toMatchObject({ kind: 'failed', reason });
    expect(await over.next()).toMatchObject({ kind: 'failed', reason });
  });

  test('it tries on for ever, round and round, and since when it has none stays as it was', async () => {
    const dead = [url(await deadPort()), url(await deadPort())];
    const { over, states } = client(dead, { timing: { firstMs: 1, maxMs: 2 } });
    for (let tries = 0; tries < 100; tries++) expect((await over.next()).endpoint).toBe(dead[tries % 2]);
    expect(states.all.every((state) => !state.connected && state.since === states.all[0]?.since)).toBe(true);
  });

  test('the waits between tries grow with full jitter', async () => {
    const dead = url(await deadPort());
    const { over } = client([dead], { random: () => 1, timing: { firstMs: 20, maxMs: 80 } });
    const times: number[] = [];
    for (let tries = 0; tries < 5; tries++) times.push((await over.next()).at);
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    [20, 40, 80, 80].forEach((bound, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(bound - 2);
    });
  });

  test('a name that does not resolve is a failure like any other', async () => {
    const server = await controlPlane();
    const lookup = () => Promise.reject(new Error('ENOTFOUND'));
    const { over, connected } = client(['ws://no-such-name.example/v1/stream', server.url], { lookup });
    await connected();
    expect(over.all).toMatchObject([{ kind: 'failed', reason: 'no-such-name.example does not resolve' }]);
  });

  test('a name service that hangs does not hold up the other endpoints, nor the close', async () => {
    const server = await controlPlane();
    const lookup = () => new Promise<never>(() => {});
    const { over, connected } = client(['ws://hangs.example/v1/stream', server.url], { lookup });
    await connected();
    expect(over.all).toMatchObject([{ kind: 'failed' }]);
  });
});

describe('standbys', () => {
  const standby: ControlPlaneOptions = { onUpgrade: (_request, socket) => answerStandby(socket) };

  test('cost no wait: the next endpoint is tried at once', async () => {
    const waiting = [await controlPlane(standby), await controlPlane(standby)];
    const leader = await controlPlane();
    const endpoints = [...waiting, leader].map((each) => each.url);
    const { over, connected } = client(endpoints, {
      random: () => 1,
      timing: { firstMs: 60_000, maxMs: 60_000 },
    });
    await connected();
    expect(over.all.map((end) => end.kind)).toEqual(['standby', 'standby']);
  });

  test('are known by the reason phrase too', async () => {
    const phrase: ControlPlaneOptions = { onUpgrade: (_request, socket) => answer(socket, '503 Standby') };
    const { over } = client([(await controlPlane(phrase)).url]);
    expect((await over.next()).kind).toBe('standby');
  });

  test('a name leads to its next address', async () => {
    const leader = await controlPlane();
    const { connected, over } = client([url(leader.port, 'control-plane.example')], {
      lookup: async () => ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 })),
    });
    await connected();
    expect((await leader.upgrades.next()).headers.host).toBe(`control-plane.example:${leader.port}`);
    expect(over.all).toMatchObject([{ kind: 'failed', reason: expect.stringContaining('127.0.0.2') }]);
  });

  test('a round of standbys alone is followed by a wait', async () => {
    const endpoints = [await controlPlane(standby), await controlPlane(standby)].map((each) => each.url);
    const { over } = client(endpoints, { random: () => 1, timing: { firstMs: 50, maxMs: 50 } });
    const ended = [await over.next(), await over.next(), await over.next()];
    expect(ended.map((end) => end.kind)).toEqual(['standby', 'standby', 'standby']);
    expect(ended[2]!.at - ended[1]!.at).toBeGreaterThan(45);
  });
});

describe('the end of a stream', () => {
  test('a killed control plane is lost, and found again when it is back', async () => {
    const server = await controlPlane();
    const { stream, states, over, connected } = client([server.url]);
    const { since } = await connected();
    await server.kill();
    const lost = await states.nextThat((state) => !state.connected);
    expect(lost.endpoint).toBe(server.url);
    expect(Date.parse(lost.since)).toBeGreaterThanOrEqual(Date.parse(since));
    expect(await over.next()).toMatchObject({ kind: 'lost' });
    expect(stream.send(REPORT)).toBe(false);
    await controlPlane({ port: server.port });
    await connected();
  });

  test('a peer that falls silent without closing is gone after the time of silence', async () => {
    const server = await controlPlane();
    const { over, connected } = client([server.url], { timing: { pingMs: 30, silenceMs: 120 } });
    const peer = await server.peers.next();
    await connected();
    peer.socket.pause();
    expect(await over.next()).toMatchObject({ kind: 'lost', reason: 'silent for 120 ms' });
    await server.peers.next();
  });

  test('a peer that is busy sending one large message slowly is not silent', async () => {
    const server = await controlPlane({ autoPong: false });
    const { messages, over } = client([server.url], { timing: { pingMs: 30, silenceMs: 90 } });
    const peer = await server.peers.next();
    await messages.next();
    const text = JSON.stringify(snapshot(revision(1)));
    for (let at = 0; at < 10; at++) {
      await once(peer.socket, 'ping');
      peer.socket.send(text.slice(at * 10, (at + 1) * 10), { fin: false });
    }
    peer.socket.send(text.slice(100), { fin: true });
    expect(await messages.next()).toEqual(snapshot(revision(1)));
    expect(over.all).toEqual([]);
  });

  test('a peer that does not read is given up instead of hoarding messages for it', async () => {
    const server = await controlPlane();
    const { stream, over, connected } = client([server.url]);
    const peer = await server.peers.next();
    await connected();
    peer.socket.pause();
    const noise = Array.from({ length: 2000 }, () => Math.random().toString(36)).join('');
    const reasons = [{ code: 'InvalidConfiguration', message: noise.slice(0, 1024) }];
    const nack = { type: 'nack', revision: revision(1).id, reasons } as const;
    let sent = 0;
    while (stream.send(nack)) sent++;
    expect(sent).toBeGreaterThan(100);
    expect(await over.next()).toMatchObject({ kind: 'lost', reason: 'the peer does not read' });
  });

  test('without a stable while the waits go on growing, after one they begin anew', async () => {
    const server = await controlPlane({
      onHello: (peer) => {
        peer.send(WELCOME);
        peer.socket.close();
      },
    });
    const timing = { firstMs: 10, maxMs: 1_000 };
    const flapping = client([server.url], { random: () => 1, timing: { ...timing, stableMs: 60_000 } });
    const times: number[] = [];
    for (let tries = 0; tries < 4; tries++) times.push((await flapping.over.next()).at);
    expect(times[3]! - times[2]!).toBeGreaterThanOrEqual(38);
    await flapping.stream.close();
    const stable = client([server.url], { random: () => 1, timing: { ...timing, stableMs: 0 } });
    for (let tries = 0; tries < 6; tries++) await stable.over.next();
    const [before, last] = stable.over.all.slice(-2);
    expect(last!.at - before!.at).toBeLessThan(150);
  });

  test('a goaway is followed at a moment within its spread, and the next connection comes without a wait', async () => {
    const server = await controlPlane();
    const next = await controlPlane();
    const { over, connected } = client([server.url, next.url], {
      random: () => 0.5,
      timing: { firstMs: 60_000, maxMs: 60_000 },
    });
    const peer = await server.peers.next();
    await connected();
    const askedAt = performance.now();
    peer.send({ type: 'goaway', spreadMs: 200, reason: 'shutdown' });
    const end = await over.next();
    expect(end.kind).toBe('left');
    expect(end.at - askedAt).toBeGreaterThanOrEqual(98);
    expect((await connected()).endpoint).toBe(next.url);
  });

  test('a peer that sends everybody away as soon as they come is not asked again without a wait', async () => {
    const server = await controlPlane({
      onHello: (peer) => {
        peer.send(WELCOME);
        peer.send({ type: 'goaway', spreadMs: 0, reason: 'shutdown' });
      },
    });
    const { over } = client([server.url], {
      random: () => 1,
      timing: { firstMs: 80, maxMs: 80, briefMs: 1_000 },
    });
    const [first, second] = [await over.next(), await over.next()];
    expect([first.kind, second.kind]).toEqual(['left', 'left']);
    expect(second.at - first.at).toBeGreaterThanOrEqual(78);
  });

  test('a peer that closes before that moment is left in peace until then', async () => {
    const server = await controlPlane();
    const { over, connected } = client([server.url], {
      random: () => 0.9,
      timing: { firstMs: 1, maxMs: 500 },
    });
    const peer = await server.peers.next();
    await connected();
    peer.send({ type: 'goaway', spreadMs: 200, reason: 'shutdown' });
    peer.socket.close();
    const end = await over.next();
    expect(end.kind).toBe('cut');
    await server.peers.next();
    expect(performance.now() - end.at).toBeGreaterThan(100);
  });
});

describe('messages that can not be read', () => {
  test.each<[string, string | Buffer, string]>([
    ['not JSON', '{', 'NOT_JSON'],
    ['without type', '{}', 'INVALID_MESSAGE'],
    ['without what its type asks for', '{"type":"snapshot"}', 'INVALID_MESSAGE'],
    ['binary and not gzip', Buffer.from('snapshot'), 'NOT_GZIP'],
  ])('one that is %s ends the stream, and the next comes after a wait', async (_title, data, code) => {
    const server = await controlPlane();
    const { discarded, over } = client([server.url]);
    const peer = await server.peers.next();
    peer.socket.send(data);
    expect(await discarded.next()).toBe(code);
    expect(await over.next()).toMatchObject({ kind: 'lost', reason: expect.stringContaining(code) });
    await server.peers.next();
  });

  test('one that is larger than the bound is never taken into memory', async () => {
    const server = await controlPlane();
    const limits = { maxMessageBytes: 1024, maxDecodedBytes: 4096 };
    const { discarded, over, messages } = client([server.url], { limits });
    const peer = await server.peers.next();
    await messages.next();
    // Its end never comes: who waited for the whole of it would wait for ever.
    peer.socket.send(Buffer.alloc(2048), { fin: false });
    expect(await discarded.next()).toBe('MESSAGE_TOO_LARGE');
    expect(await over.next()).toMatchObject({ kind: 'lost' });
    expect(messages.all).toEqual([WELCOME]);
  });

  test('one of an unknown type is counted, and the stream goes on', async () => {
    const server = await controlPlane();
    const { discarded, over, messages } = client([server.url]);
    const peer = await server.peers.next();
    await messages.next();
    peer.socket.send('{"type":"weather"}');
    peer.send({ type: 'current', revision: revision(1).id });
    expect(await messages.next()).toMatchObject({ type: 'current' });
    expect(discarded.all).toEqual(['UNKNOWN_TYPE']);
    expect(over.all).toEqual([]);
  });

  test('one that comes before the welcome ends the stream', async () => {
    const server = await controlPlane({ onHello: (peer) => peer.send(snapshot(revision(1))) });
    const { over, messages } = client([server.url]);
    expect(await over.next()).toMatchObject({ kind: 'failed', reason: 'snapshot before welcome' });
    expect(messages.all).toEqual([]);
  });
});

describe('the token', () => {
  let tokenFile: string;
  beforeEach(async () => {
    tokenFile = join(await mkdtemp(join(tmpdir(), 'holdfast-')), 'token');
    ends.push(() => rm(join(tokenFile, '..'), { recursive: true }));
  });

  test('is read anew for each connection', async () => {
    await writeFile(tokenFile, 'first\n');
    const server = await controlPlane();
    client([server.url], { tokenFile });
    const peer = await server.peers.next();
    expect(peer.request.headers.authorization).toBe('Bearer first');
    await writeFile(tokenFile, 'second\n');
    peer.socket.terminate();
    expect((await server.peers.next()).request.headers.authorization).toBe('Bearer second');
  });

  test('a file that is missing for a while ends no instance', async () => {
    const server = await controlPlane();
    const { over } = client([server.url], { tokenFile });
    expect(await over.next()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ENOENT') });
    await writeFile(tokenFile, 'there');
    expect((await server.peers.next()).request.headers.authorization).toBe('Bearer there');
  });

  test.each(['', 'two\nlines', 'päss'])(
    'a file that holds %j is no token, and its content is not told',
    async (content) => {
      await writeFile(tokenFile, content);
      const { over } = client([url(await deadPort())], { tokenFile });
      const end = await over.next();
      expect(end).toMatchObject({ kind: 'failed', reason: expect.stringContaining('holds no token') });
      if (content) expect(JSON.stringify(end)).not.toContain(content);
    },
  );
});

test('200 clients in one process that lose their control plane at once all come back', async () => {
  const server = await controlPlane();
  const timing = { firstMs: 100, maxMs: 1_000, connectMs: 3_000, welcomeMs: 3_000 };
  const clients = Array.from({ length: 200 }, () => client([server.url], { timing }));
  await Promise.all(clients.map(({ connected }) => connected()));
  await server.kill();
  const returned = await controlPlane({ port: server.port });
  await Promise.all(clients.map(({ connected }) => connected()));
  expect(returned.peers.all.length).toBeGreaterThanOrEqual(200);
});
