import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { closedPort, connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const HANDSHAKE = [
    'GET /chat?room=1 HTTP/1.1',
    'Host: a',
    'Connection: Upgrade, X-Private',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'X-Private: 1',
    'Keep-Alive: timeout=1',
    'X-Forwarded-For: 6.6.6.6',
    '\r\n',
  ].join('\r\n');
  const SWITCHING = [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade, X-Secret',
    'Upgrade: websocket',
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    'X-Secret: 1',
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
    '\r\n',
  ].join('\r\n');

  async function handshake(limits = {}) {
    const upstream = await listenRaw();
    const underTest = await startProxyTo(engineName, [upstream.port], { limits });
    const client = await connectRaw(underTest.port);
    client.send(HANDSHAKE);
    const backend = await upstream.accept();
    return { ...underTest, upstream, client, backend, head: await backend.takeHead() };
  }

  async function upgraded(limits = {}) {
    const parts = await handshake(limits);
    parts.backend.send(SWITCHING);
    return { ...parts, switching: await parts.client.takeHead() };
  }

  test('a WebSocket is opened, and bytes go both ways', async () => {
    const { client, backend, head, engine } = await upgraded();
    expect(head).toMatch(/^GET \/chat\?room=1 HTTP\/1\.1\r\n/);
    client.send('ping');
    await backend.take('ping');
    backend.send('pong');
    await client.take('pong');
    const { requests, gauges } = engine.sample();
    expect(requests).toEqual([{ route: 'all', backend: 'app', code: 101, count: 1 }]);
    expect(gauges).toEqual({ connections: 1, requestsInFlight: 0, upgraded: 1 });
  });

  test('bytes that came together with the heads are not lost', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(`${HANDSHAKE}ping`);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(`${SWITCHING}pong`);
    await client.takeHead();
    await client.take('pong');
    await backend.take('ping');
  });

  test('fields that concern one connection only, and those that Connection names, end with it, both ways', async () => {
    const { head, switching } = await upgraded();
    expect(head).not.toMatch(/X-Private|Keep-Alive|6\.6\.6\.6/i);
    expect(head).toMatch(/\r\nConnection: Upgrade\r\n/i);
    expect(head).toMatch(/\r\nx-forwarded-for: 127\.0\.0\.1\r\n/i);
    expect(switching).not.toMatch(/X-Secret/i);
    expect(switching).toMatch(/\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/i);
    expect(switching).toMatch(/\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
    expect(switching).toMatch(/\r\nX-Request-Id: /i);
  });

  test('a client that resets before it is answered ends the request to the backend', async () => {
    const { client, backend, port, upstream, entries } = await handshake();
    client.reset();
    await backend.whenEnded();
    expect(await entries(1)).toMatchObject([{ status: 499, reason: 'ClientClosed' }]);
    const other = await connectRaw(port);
    other.send(HANDSHAKE);
    await (await upstream.accept()).takeHead();
  });

  test('a backend that answers a client which has reset in the same moment ends nothing else', async () => {
    const { client, backend, engine, entries } = await handshake();
    backend.send(SWITCHING);
    client.reset();
    await entries(1);
    expect(engine.sample().gauges).toEqual({ connections: 0, requestsInFlight: 0, upgraded: 0 });
  });

  test.each([
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'],
    ['counted', 'Content-Length: 2\r\n\r\nno'],
  ])('a refusal of the backend with a %s body is passed on', async (_framing, rest) => {
    const { client, backend, entries } = await handshake();
    backend.send(`HTTP/1.1 403 Forbidden\r\nX-Why: because\r\n${rest}`);
    const head = await client.takeHead();
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(head).toContain('X-Why: because\r\n');
    expect(head).toContain('Connection: close\r\n');
    expect(head).not.toMatch(/Transfer-Encoding/i);
    await client.whenEnded();
    expect(client.received).toBe('no');
    client.socket.end();
    expect(await entries(1)).toMatchObject([{ status: 403, reason: '', route: 'all' }]);
  });

  test('a connect failure is tried on another endpoint; with none left: 503', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [await closedPort(), upstream.port]);
    for (let round = 0; round < 2; round++) {
      const client = await connectRaw(port);
      client.send(HANDSHAKE);
      const backend = await upstream.accept();
      await backend.takeHead();
      backend.send(SWITCHING);
      expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 101 /);
    }
    const none = await startProxyTo(engineName, [await closedPort()]);
    const client = await connectRaw(none.port);
    client.send(HANDSHAKE);
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Holdfast-Reason: ConnectFailed\r\n/);
  });

  test('a backend that closes before it answers: 502; one that does not answer: 504', async () => {
    const { client, backend } = await handshake();
    backend.reset();
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/);

    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], {
      timeouts: { backendRequest: '50ms' },
    });
    const other = await connectRaw(port);
    other.send(HANDSHAKE);
    expect(await other.takeHead()).toMatch(
      /^HTTP\/1\.1 504 [\s\S]*Holdfast-Reason: BackendRequestTimeout\r\n/,
    );
  });

  test.each([
    ['the client resets', 'client'],
    ['the backend resets', 'backend'],
  ] as const)('an upgraded connection whose side %s ends on the other side', async (_title, side) => {
    const parts = await upgraded();
    const { [side]: one, engine, entries } = parts;
    const other = side === 'client' ? parts.backend : parts.client;
    one.reset();
    await other.whenEnded();
    other.socket.end();
    await entries(1);
    expect(engine.sample().gauges.upgraded).toBe(0);
  });

  test('after the end of one side, the other is not waited for without end', async () => {
    const { client, backend, entries } = await upgraded({ lingerMs: 100 });
    client.socket.end();
    await backend.whenEnded();
    expect(await entries(1)).toMatchObject([{ status: 101 }]);
  });

  test('upgrades to anything else are ignored, and the request is a plain one (RFC 9110 7.8)', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n',
    );
    const backend = await upstream.accept();
    expect(await backend.takeHead()).not.toMatch(/Upgrade|HTTP2-Settings/i);
    backend.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a handshake without a route gets the answer of any other request', async () => {
    const { port, publish } = await startProxyTo(engineName, []);
    await publish([], []);
    const client = await connectRaw(port);
    client.send(HANDSHAKE);
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 404 [\s\S]*Holdfast-Reason: RouteNotFound\r\n/);
    await client.whenEnded();
  });

  test('stop ends upgraded connections on both sides, spread out', async () => {
    const { client, backend, engine, entries } = await upgraded({ lingerMs: 100 });
    const stopped = engine.stop(50);
    await client.whenEnded();
    await backend.whenEnded();
    client.socket.end();
    backend.socket.end();
    await stopped;
    expect(await entries(1)).toMatchObject([{ status: 101, reason: 'Stopped' }]);
  });
});
