import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startEngine, startProxyTo } from './fixtures/engine-under-test.ts';
import { closedPort, connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  test('a request and its response go over with every field, the case of its name and its repetitions', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(
      'GET /a?b=c%20d HTTP/1.1\r\nHost: Shop.example.com\r\nX-oDD-Case: 1\r\nx-odd-case: 2\r\n\r\n',
    );
    const backend = await upstream.accept();
    const head = await backend.takeHead();
    expect(head).toMatch(/^GET \/a\?b=c%20d HTTP\/1\.1\r\nHost: Shop\.example\.com\r\n/);
    expect(head).toContain('X-oDD-Case: 1\r\nx-odd-case: 2\r\n');
    backend.send('HTTP/1.1 201 Made It\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok');
    const answer = await client.take('\r\n\r\nok');
    expect(answer).toMatch(/^HTTP\/1\.1 201 Made It\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
    expect(answer).toContain('Content-Length: 2\r\n');
  });

  test('connections on both sides are kept for the next request', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    for (const next of ['/2', '/3', undefined]) {
      await backend.takeHead();
      backend.send(OK);
      await client.take('\r\n\r\nok');
      if (next !== undefined) client.send(`GET ${next} HTTP/1.1\r\nHost: a\r\n\r\n`);
    }
    expect(upstream.count()).toBe(1);
  });

  test.each(['DELETE', 'OPTIONS', 'GET', 'POST'])(
    'a %s with a chunked body goes on chunked and never with a Content-Length beside it',
    async (method) => {
      const upstream = await listenRaw();
      const { port } = await startProxyTo(engineName, [upstream.port]);
      const client = await connectRaw(port);
      client.send(
        `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      );
      const backend = await upstream.accept();
      const head = await backend.takeHead();
      expect(head).toMatch(/Transfer-Encoding: chunked/i);
      expect(head).not.toMatch(/Content-Length/i);
      expect(await backend.take('0\r\n\r\n')).toBe('5\r\nhello\r\n0\r\n\r\n');
      backend.send(OK);
      await client.take('\r\n\r\nok');
    },
  );

  test.each(['DELETE', 'OPTIONS', 'GET', 'POST'])(
    'a %s with a Content-Length goes on with it',
    async (method) => {
      const upstream = await listenRaw();
      const { port } = await startProxyTo(engineName, [upstream.port]);
      const client = await connectRaw(port);
      client.send(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`);
      const backend = await upstream.accept();
      const head = await backend.takeHead();
      expect(head).toContain('Content-Length: 5\r\n');
      expect(head).not.toMatch(/Transfer-Encoding/i);
      expect(await backend.take('hello')).toBe('hello');
      backend.send(OK);
      await client.take('\r\n\r\nok');
    },
  );

  test.each([
    ['GET', undefined],
    ['DELETE', undefined],
    ['POST', '0'],
    ['PROPFIND', '0'],
  ])('a %s without a body goes on without one', async (method, length) => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    const head = await (await upstream.accept()).takeHead();
    expect(head).not.toMatch(/Transfer-Encoding/i);
    expect(/Content-Length: (\d+)/i.exec(head)?.[1]).toBe(length);
  });

  test('a client that aborts ends the request to the backend, and is recorded as 499', async () => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    client.reset();
    await backend.whenEnded();
    expect(await entries(1)).toMatchObject([
      { status: 499, reason: 'ClientClosed', route: 'all', backend: 'app' },
    ]);
  });

  test.each([
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['counted', 'Content-Length: 10\r\n\r\nhello'],
  ])('a %s response that the backend breaks off is broken for the client too', async (_framing, begin) => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(`HTTP/1.1 200 OK\r\n${begin}`);
    await client.take('hello');
    backend.socket.end();
    await client.whenEnded();
    expect(client.received).not.toContain('0\r\n\r\n');
    expect(await entries(1)).toMatchObject([{ status: 200, reason: 'UpstreamAborted', bytesOut: 5 }]);
  });

  test('trailers are forwarded both ways, less those that may not be trailers', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    const trailers = '0\r\nX-Sum: 1\r\nAuthorization: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n';
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n${trailers}`,
    );
    const backend = await upstream.accept();
    const head = await backend.takeHead();
    expect(head).toContain('Trailer: X-Sum\r\n');
    expect(head).toContain('TE: trailers\r\n');
    expect(await backend.take('0\r\nX-Sum: 1\r\n\r\n')).toBe('2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n');
    backend.send(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n${trailers}`,
    );
    expect(await client.takeHead()).toContain('Trailer: X-Sum\r\n');
    expect(await client.take('0\r\nX-Sum: 1\r\n\r\n')).toBe('2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n');
  });

  test('a Trailer field on a response that is not chunked costs nobody anything', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.take('\r\n\r\nok')).not.toContain('Trailer');
  });

  test('early hints reach an HTTP/1.1 client before the response', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x\r\n\r\n');
    const hints = await client.takeHead();
    expect(hints).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n/);
    expect(hints).toContain('Link: </a.css>; rel=preload\r\n');
    expect(hints).not.toContain('Connection');
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  test('an HTTP/1.0 client gets no interim response and no coding, whatever its TE says', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.0\r\nTE: chunked\r\n\r\n');
    const backend = await upstream.accept();
    expect(await backend.takeHead()).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    backend.send('HTTP/1.1 103 Early Hints\r\n\r\n');
    backend.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
    await client.whenEnded();
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.received).not.toMatch(/Transfer-Encoding/i);
    expect(client.received.endsWith('\r\n\r\nhello')).toBe(true);
  });

  test.each([
    ['HEAD', '200 OK', 'Content-Length: 10\r\n', 'Content-Length: 10\r\n'],
    ['HEAD', '200 OK', 'Transfer-Encoding: chunked\r\n', ''],
    ['GET', '304 Not Modified', 'Content-Length: 10\r\n', 'Content-Length: 10\r\n'],
    ['GET', '204 No Content', '', ''],
  ])(
    'a response to %s with %s (%j) has no body, and the connection goes on',
    async (method, status, field, kept) => {
      const upstream = await listenRaw();
      const { port } = await startProxyTo(engineName, [upstream.port]);
      const client = await connectRaw(port);
      client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      const backend = await upstream.accept();
      await backend.takeHead();
      backend.send(`HTTP/1.1 ${status}\r\n${field}\r\n`);
      const head = await client.takeHead();
      expect(head).toContain(kept);
      expect(head).not.toMatch(/Transfer-Encoding/i);
      client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
      await backend.takeHead();
      backend.send(OK);
      expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 OK/);
    },
  );

  test('pipelined requests are answered in order, each sent on when the one before is answered', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    expect(await backend.takeHead()).toContain('GET /1 ');
    expect(backend.received).toBe('');
    backend.send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1');
    expect(await backend.takeHead()).toContain('GET /2 ');
    backend.send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2');
    await client.take('\r\n\r\n1');
    await client.take('\r\n\r\n2');
  });

  test('a body is not read faster than the backend takes it', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    const size = 64 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.socket.pause();
    client.socket.write(Buffer.alloc(size));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.socket.writableLength).toBeGreaterThan(size / 2);
  });

  test('a request keeps the route it matched while another revision is published (I9)', async () => {
    const upstream = await listenRaw();
    const { port, publish, entries } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    await publish([], []);
    backend.send(OK);
    await client.take('\r\n\r\nok');
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 404 /);
    expect((await entries(1))[0]).toMatchObject({ status: 200, route: 'all', reason: '' });
  });

  test('a rewritten path and host go to the backend, a redirect comes from the gateway', async () => {
    const upstream = await listenRaw();
    const { port } = await startEngine(
      engineName,
      [
        {
          name: 'rewritten',
          matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: {
                hostname: 'inner.example.com',
                path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' },
              },
            },
          ],
          backendRefs: [{ name: 'app' }],
        },
        {
          name: 'redirected',
          matches: [{ path: { type: 'PathPrefix', value: '/gone' } }],
          filters: [
            { type: 'RequestRedirect', requestRedirect: { hostname: 'other.example.com', statusCode: 301 } },
          ],
        },
      ],
      [{ name: 'app', endpoints: [{ address: '127.0.0.1', port: upstream.port }] }],
    );
    const client = await connectRaw(port);
    client.send('GET /gone/x?y HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.takeHead()).toMatch(
      /^HTTP\/1\.1 301 [\s\S]*Location: http:\/\/other\.example\.com:\d+\/gone\/x\?y\r\n/,
    );
    client.send('GET /old/x?y HTTP/1.1\r\nHost: a\r\n\r\n');
    const head = await (await upstream.accept()).takeHead();
    expect(head).toMatch(/^GET \/new\/x\?y HTTP\/1\.1\r\nHost: inner\.example\.com\r\n/);
    expect(head).toContain('X-Forwarded-Host: a\r\n');
  });

  test('a client waits for the head of an endless response no longer than the backend', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
    expect(await client.takeHead()).toContain('text/event-stream');
  });

  test('a connect failure is tried on another endpoint, with the body that has not been read yet', async () => {
    const upstream = await listenRaw();
    const { port, engine } = await startProxyTo(engineName, [await closedPort(), upstream.port]);
    for (let round = 0; round < 2; round++) {
      const client = await connectRaw(port);
      client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello');
      const backend = await upstream.accept();
      await backend.take('hello');
      backend.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
      expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 OK/);
      backend.socket.end();
    }
    expect(engine.sample().upstreamRetries).toBeGreaterThanOrEqual(1);
  });
});
