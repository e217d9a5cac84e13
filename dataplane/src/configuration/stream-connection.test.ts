import { once } from 'node:events';
import { WELCOME } from './fixtures/control-plane.ts';
import { endpointsFact, revision, snapshot } from './fixtures/revisions.ts';
import { client, controlPlane, endAll, HELLO, REPORT } from './fixtures/stream-scene.ts';

afterEach(endAll);

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
