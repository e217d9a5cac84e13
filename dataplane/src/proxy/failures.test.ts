import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startEngine, startProxyTo } from './fixtures/engine-under-test.ts';
import { closedPort, connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

  test('no endpoint that can be connected to: 503 that says so and when to come again', async () => {
    const { port, engine } = await startProxyTo(engineName, [await closedPort(), await closedPort()]);
    const client = await connectRaw(port);
    client.send(GET);
    const head = await client.takeHead();
    expect(head).toMatch(/^HTTP\/1\.1 503 /);
    expect(head).toContain('Holdfast-Reason: ConnectFailed\r\n');
    expect(head).toMatch(/Retry-After: \d+\r\n/);
    expect(engine.sample().upstreamRetries).toBe(2);
  });

  test('a backend without endpoints: 503 NoEndpoint; a route without backends: 500 NoBackend', async () => {
    const { port } = await startEngine(
      engineName,
      [
        {
          name: 'empty',
          matches: [{ path: { type: 'PathPrefix', value: '/empty' } }],
          backendRefs: [{ name: 'none' }],
        },
        { name: 'nothing', matches: [{ path: { type: 'PathPrefix', value: '/nothing' } }] },
      ],
      [{ name: 'none', endpoints: [] }],
    );
    const client = await connectRaw(port);
    client.send('GET /empty HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Holdfast-Reason: NoEndpoint\r\n/);
    client.send('GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.take(/HTTP\/1\.1 500 [\s\S]*\r\n\r\n/)).toContain('Holdfast-Reason: NoBackend\r\n');
  });

  test('an endpoint has no more requests at once than its bound, and none waits in a queue', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], { limits: { maxRequestsPerTarget: 1 } });
    const first = await connectRaw(port);
    first.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    const second = await connectRaw(port);
    second.send(GET);
    expect(await second.takeHead()).toContain('Holdfast-Reason: UpstreamOverloaded\r\n');
    backend.send(OK);
    await first.take('\r\n\r\nok');
    second.send(GET);
    await backend.takeHead();
  });

  /** A client and the backend connection that has carried one request and lies in the pool. */
  async function withPooledConnection(limits = {}) {
    const upstream = await listenRaw();
    const underTest = await startProxyTo(engineName, [upstream.port], { limits });
    const client = await connectRaw(underTest.port);
    client.send(GET);
    const pooled = await upstream.accept();
    await pooled.takeHead();
    pooled.send(OK);
    await client.take('\r\n\r\nok');
    return { upstream, client, pooled, ...underTest };
  }

  test('a GET on a kept connection that the backend resets is sent again on a new one', async () => {
    const { upstream, client, pooled, engine } = await withPooledConnection();
    client.send(GET);
    await pooled.takeHead();
    pooled.reset();
    const fresh = await upstream.accept();
    await fresh.takeHead();
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
    expect(engine.sample().upstreamRetries).toBe(1);
  });

  test('a POST on a kept connection that the backend resets is never sent twice', async () => {
    const { upstream, client, pooled } = await withPooledConnection();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    await pooled.take('hi');
    pooled.reset();
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/);
    expect(upstream.count()).toBe(1);
  });

  test('a GET on a new connection that ends without a word goes to another endpoint, but to no third (RFC 9110 9.2.2)', async () => {
    const upstreams = await Promise.all([listenRaw(), listenRaw(), listenRaw()]);
    const { port, engine } = await startProxyTo(
      engineName,
      upstreams.map((upstream) => upstream.port),
    );
    const client = await connectRaw(port);
    client.send(GET);
    for (const upstream of upstreams) {
      upstream.accept().then(async (backend) => {
        await backend.takeHead();
        backend.reset();
      });
    }
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/);
    expect(upstreams.map((upstream) => upstream.count()).sort()).toEqual([0, 1, 1]);
    expect(engine.sample().upstreamRetries).toBe(1);
  });

  test('a GET that its only endpoint ends without a word is answered 502 UpstreamReset', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.socket.end();
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/);
    expect(upstream.count()).toBe(1);
  });

  test('a POST on a new connection that ends without a word is never sent twice', async () => {
    const upstreams = await Promise.all([listenRaw(), listenRaw()]);
    const { port } = await startProxyTo(
      engineName,
      upstreams.map((upstream) => upstream.port),
    );
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    const backend = await Promise.race(upstreams.map((upstream) => upstream.accept()));
    await backend.take('hi');
    backend.reset();
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/);
    expect(upstreams.map((upstream) => upstream.count()).sort()).toEqual([0, 1]);
  });

  test('a GET is not sent again when a part of its response has come', async () => {
    const { upstream, client, pooled } = await withPooledConnection();
    client.send(GET);
    await pooled.takeHead();
    pooled.send('HTTP/1.1 200 O');
    pooled.socket.end();
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 502 /);
    expect(upstream.count()).toBe(1);
  });

  test('a POST never goes on a connection that has been idle for a while', async () => {
    const { upstream, client } = await withPooledConnection({ upstreamFreshMs: 0 });
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    const fresh = await upstream.accept();
    await fresh.take('hi');
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('an idle connection to a backend is closed after a while', async () => {
    const { pooled } = await withPooledConnection({ upstreamIdleMs: 50 });
    await pooled.whenEnded();
  });

  test('bytes that a backend sends unasked are never taken for the next response', async () => {
    const { upstream, client, pooled } = await withPooledConnection();
    pooled.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await pooled.whenEnded();
    client.send(GET);
    const fresh = await upstream.accept();
    await fresh.takeHead();
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).not.toContain('evil');
  });

  test('surplus behind a response is dropped with its connection', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    await client.take('\r\n\r\nok');
    await backend.whenEnded();
    client.send(GET);
    const fresh = await upstream.accept();
    await fresh.takeHead();
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).not.toContain('evil');
  });

  test.each([
    ['nonsense', 'SSH-2.0-OpenSSH_9.6\r\n', 'UpstreamProtocolError'],
    [
      'a switch of protocols that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'UpstreamProtocolError',
    ],
    [
      'a length and a coding',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'UpstreamProtocolError',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, 'UpstreamProtocolError'],
  ])('a backend that answers with %s: 502', async (_title, bytes, reason) => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(bytes);
    const head = await client.takeHead();
    expect(head).toMatch(/^HTTP\/1\.1 502 /);
    expect(head).toContain(`Holdfast-Reason: ${reason}`);
  });

  test.each([
    [{ backendRequest: '50ms' }, 'BackendRequestTimeout'],
    [{ request: '50ms' }, 'RequestTimeout'],
  ])(
    'a backend that does not answer within %j: 504, and its connection is closed',
    async (timeouts, reason) => {
      const upstream = await listenRaw();
      const { port } = await startProxyTo(engineName, [upstream.port], { timeouts });
      const client = await connectRaw(port);
      client.send(GET);
      const backend = await upstream.accept();
      const head = await client.takeHead();
      expect(head).toMatch(/^HTTP\/1\.1 504 /);
      expect(head).toContain(`Holdfast-Reason: ${reason}\r\n`);
      await backend.whenEnded();
    },
  );

  test('the request timeout breaks off a response that has begun', async () => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port], {
      timeouts: { request: '200ms' },
    });
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n');
    await client.whenEnded();
    expect(client.received).not.toContain('0\r\n\r\n');
    expect(await entries(1)).toMatchObject([{ status: 200, reason: 'RequestTimeout' }]);
  });

  test('a request head that does not come to its end: 408; a silent connection is closed without a word', async () => {
    const { port } = await startProxyTo(engineName, [], { limits: { headTimeoutMs: 100 } });
    const slow = await connectRaw(port);
    slow.send('GET / HTTP/1.1\r\nHos');
    const silent = await connectRaw(port);
    expect(await slow.takeHead()).toMatch(/^HTTP\/1\.1 408 [\s\S]*Holdfast-Reason: RequestHeaderTimeout\r\n/);
    await silent.whenEnded();
    expect(silent.received).toBe('');
  });

  test('a request body that stops coming: 408, and the backend does not see it complete', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], {
      limits: { requestBodyIdleMs: 100, lingerMs: 100 },
    });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const backend = await upstream.accept();
    await backend.take('hello');
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 408 [\s\S]*Holdfast-Reason: RequestBodyTimeout\r\n/);
    await backend.whenEnded();
    await client.whenEnded();
  });

  test('a response body that stops coming is broken off', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], { limits: { responseBodyIdleMs: 100 } });
    const client = await connectRaw(port);
    client.send(GET);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    await client.whenEnded();
    await backend.whenEnded();
  });

  test('an early response reaches the client that is still sending, and the backend connection is not used again', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const backend = await upstream.accept();
    await backend.take('hello');
    backend.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
    expect(await client.take('\r\n\r\nno')).toMatch(/^HTTP\/1\.1 413 /);
    await backend.whenEnded();
    client.send('world');
    client.send(GET);
    const fresh = await upstream.accept();
    await fresh.takeHead();
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a client that goes on sending after an early response is cut off after a while', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], { limits: { lingerMs: 100 } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const backend = await upstream.accept();
    await backend.take('hello');
    backend.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
    await client.take('\r\n\r\nno');
    await client.whenEnded();
  });

  test('Expect: 100-continue goes to the backend, and its 100 to the client', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    const backend = await upstream.accept();
    expect(await backend.takeHead()).toContain('Expect: 100-continue\r\n');
    expect(client.received).toBe('');
    backend.send('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await client.takeHead()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hi');
    await backend.take('hi');
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).not.toContain('Connection: close');
  });

  test('a client whose expectation is not met is told that its connection ends, as its body may or may not come', async () => {
    const upstream = await listenRaw();
    const { port, publish } = await startProxyTo(engineName, [upstream.port], { limits: { lingerMs: 100 } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    const answer = await client.take('\r\n\r\nno');
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('Connection: close\r\n');
    await client.whenEnded();

    await publish([], []);
    const other = await connectRaw(port);
    other.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    const refusal = await other.takeHead();
    expect(refusal).toMatch(/^HTTP\/1\.1 404 /);
    expect(refusal).toContain('Connection: close\r\n');
  });

  test('requests are counted by route, backend and code, and what had no route by its reason', async () => {
    const { port, client, engine, publish, pooled } = await withPooledConnection();
    const before = engine.sample();
    expect(before.requests).toEqual([{ route: 'all', backend: 'app', code: 200, count: 1 }]);
    expect(before.durations).toMatchObject([{ route: 'all' }]);
    expect(before.durations[0]?.buckets.reduce((sum, count) => sum + count)).toBe(1);
    expect(before.arrivals).toBe(2);
    client.send(GET);
    await pooled.takeHead();
    expect(engine.sample().gauges).toEqual({ connections: 1, requestsInFlight: 1, upgraded: 0 });
    await publish([], []);
    const other = await connectRaw(port);
    other.send(GET);
    await other.takeHead();
    const after = engine.sample();
    expect(after.requests).toEqual([{ route: '', backend: '', code: 404, count: 1 }]);
    expect(after.rejected).toEqual([{ reason: 'RouteNotFound', count: 1 }]);
  });
});
