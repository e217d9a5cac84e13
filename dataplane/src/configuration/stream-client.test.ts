import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, answerStandby, type ControlPlaneOptions } from './fixtures/control-plane.ts';
import { atEnd, blackHole, client, controlPlane, deadPort, endAll, url } from './fixtures/stream-scene.ts';

afterEach(endAll);

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

describe('the token', () => {
  let tokenFile: string;
  beforeEach(async () => {
    tokenFile = join(await mkdtemp(join(tmpdir(), 'holdfast-')), 'token');
    atEnd(() => rm(join(tokenFile, '..'), { recursive: true }));
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
