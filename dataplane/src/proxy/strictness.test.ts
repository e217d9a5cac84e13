import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  /** The head that the backend gets for these lines of a request. */
  async function forwarded(lines: string[]): Promise<string> {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(`${lines.join('\r\n')}\r\n\r\n`);
    return (await upstream.accept()).takeHead();
  }

  /** What the client gets for these bytes; no backend ever sees them. */
  async function refused(bytes: string): Promise<string> {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(bytes);
    const answer = await client.takeHead();
    expect(upstream.count()).toBe(0);
    return answer;
  }

  test.each([
    ['HTTP/2 without HTTP/2', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505, 'VersionNotSupported'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'InvalidHost'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400, 'InvalidHost'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400, 'InvalidHost'],
    ['a Host with userinfo', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400, 'InvalidHost'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400, 'InvalidHost'],
    ['a port that is none', 'GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n', 400, 'InvalidHost'],
    ['a fragment', 'GET /#x HTTP/1.1\r\nHost: a\r\n\r\n', 400, undefined],
    ['userinfo in the target', 'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidTarget'],
    ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidTarget'],
    ['the asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidTarget'],
    ['a dot segment', 'GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidPath'],
    ['an escaped slash', 'GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidPath'],
    [
      'length and coding',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'MalformedRequest',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      400,
      'MalformedRequest',
    ],
    [
      'a length with a sign',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello',
      400,
      'MalformedRequest',
    ],
    [
      'a coding in HTTP/1.0',
      'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'MalformedRequest',
    ],
    [
      'a coding that is not chunked',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      501,
      'CodingNotSupported',
    ],
    [
      'chunked twice',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
      undefined,
      undefined,
    ],
    [
      'chunked that is not last',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n',
      400,
      'MalformedRequest',
    ],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400, 'MalformedRequest'],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n', 400, 'MalformedRequest'],
    ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 400, 'MalformedRequest'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n', 400, 'MalformedRequest'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'MethodNotSupported'],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 501, 'MethodNotSupported'],
    [
      'an unknown expectation',
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: a-pony\r\nContent-Length: 0\r\n\r\n',
      417,
      'ExpectationFailed',
    ],
    [
      'a mixed expectation',
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\nContent-Length: 5\r\n\r\n',
      417,
      'ExpectationFailed',
    ],
    [
      'a head that is too large',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'HeaderTooLarge',
    ],
    ['too many fields', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(200)}\r\n`, 431, 'HeaderTooLarge'],
    ['a loop', 'GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 x, 1.1 holdfast (edge-0)\r\n\r\n', 508, 'LoopDetected'],
  ])('%s is refused before any backend sees it', async (_title, bytes, status, reason) => {
    const answer = await refused(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status ?? '(400|501)'} `));
    if (reason !== undefined) expect(answer).toContain(`Holdfast-Reason: ${reason}\r\n`);
  });

  test('a second answer is never given to a connection that is not HTTP', async () => {
    const { port, engine } = await startProxyTo(engineName, []);
    const client = await connectRaw(port);
    client.send('NOT HTTP\r\n\r\n');
    await client.take('}}\n');
    client.send('NOT HTTP EITHER\r\n\r\n');
    client.socket.end();
    await client.whenEnded();
    expect(client.received).toBe('');
    expect(engine.sample().rejected).toEqual([{ reason: 'MalformedRequest', count: 1 }]);
  });

  test('what is not HTTP behind a pipelined request is answered after that request', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\nNOT HTTP\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(OK);
    expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 400 /);
    await client.whenEnded();
  });

  test('a chunk that is malformed ends both connections, and the backend never sees a complete body', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n');
    const backend = await upstream.accept();
    await backend.take('hi');
    client.send('zz\r\n');
    expect(await client.takeHead()).toContain('Holdfast-Reason: MalformedRequest');
    await backend.whenEnded();
    expect(backend.received).not.toContain('0\r\n\r\n');
  });

  test('fields that concern one connection only end with it, and those that Connection names', async () => {
    const head = await forwarded([
      'GET / HTTP/1.1',
      'Host: a',
      'Connection: X-Private, close, Host, Authorization, X-Forwarded-For, Cookie',
      'X-Private: 1',
      'Authorization: Bearer t',
      'Cookie: c=1',
      'Keep-Alive: timeout=9',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic x',
      'Upgrade: h2c',
      'HTTP2-Settings: x',
      'TE: gzip',
    ]);
    for (const gone of ['X-Private', 'Keep-Alive:', 'Proxy-', 'Upgrade', 'HTTP2-Settings', 'TE:']) {
      expect(head).not.toContain(gone);
    }
    for (const kept of ['Host: a', 'Authorization: Bearer t', 'Cookie: c=1', 'X-Forwarded-For: 127.0.0.1']) {
      expect(head).toContain(`${kept}\r\n`);
    }
  });

  test('the same holds for responses', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(
      'HTTP/1.1 200 OK\r\nConnection: X-Private, Content-Length\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok',
    );
    const answer = await client.take('\r\n\r\nok');
    expect(answer).not.toContain('X-Private');
    expect(answer).not.toContain('timeout=5');
    expect(answer).toContain('Content-Length: 2\r\n');
    expect(answer).toContain('Via: 1.1 holdfast\r\n');
  });

  test('what backends trust comes from the gateway and not from the client', async () => {
    const head = await forwarded([
      'GET / HTTP/1.1',
      'Host: shop.example.com:8080',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /admin',
      'X_Forwarded_For: 6.6.6.6',
      'X_Real_IP: 6.6.6.6',
      'X-Real-IP: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
      'Content_Length: 5',
      'Harmless_Name: kept',
      'Via: 1.0 fred',
    ]);
    expect(head).not.toContain('6.6.6.6');
    expect(head).not.toContain('/admin');
    expect(head).not.toContain('Content_Length');
    expect(head).toContain('Harmless_Name: kept\r\n');
    expect(head).toContain('Via: 1.0 fred, 1.1 holdfast (edge-0)\r\n');
    expect(head).toContain('X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n');
    expect(head).toMatch(/X-Forwarded-Host: shop\.example\.com:8080\r\nX-Forwarded-Port: \d+\r\n/);
  });

  test.each([
    ['a sane id is kept', 'req-1.2:3', /^req-1\.2:3$/],
    ['a long one is replaced', 'x'.repeat(129), /^[0-9a-f-]{36}$/],
    ['a strange one is replaced', 'a"b{', /^[0-9a-f-]{36}$/],
  ])('X-Request-Id: %s, and the client is told', async (_title, sent, expected) => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${sent}\r\n\r\n`);
    const backend = await upstream.accept();
    const id = /X-Request-Id: (.*)\r\n/.exec(await backend.takeHead())?.[1];
    expect(id).toMatch(expected);
    backend.send('HTTP/1.1 200 OK\r\nX-Request-Id: other\r\nContent-Length: 2\r\n\r\nok');
    const answer = await client.take('\r\n\r\nok');
    expect(answer).toContain(`X-Request-Id: ${id}\r\n`);
    expect(answer).not.toContain('other');
    expect((await entries(1))[0]).toMatchObject({ requestId: id });
  });

  test('the host of an absolute-form target counts and not the Host field (RFC 9112 3.2.2)', async () => {
    const head = await forwarded(['GET http://real.example.com/x?y HTTP/1.1', 'Host: other.example.com']);
    expect(head).toMatch(/^GET \/x\?y HTTP\/1\.1\r\nHost: real\.example\.com\r\n/);
    expect(head).not.toContain('other');
  });

  test.each([
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html, */*', 'text/plain; charset=utf-8'],
  ])('an error for a client that accepts %s is %s', async (accept, type) => {
    const { port, publish } = await startProxyTo(engineName, []);
    await publish([], []);
    const client = await connectRaw(port);
    client.send(`GET /?secret=1 HTTP/1.1\r\nHost: a\r\nAccept: ${accept}\r\nX-Request-Id: r1\r\n\r\n`);
    const head = await client.takeHead();
    expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(head).toContain(`Content-Type: ${type}\r\n`);
    expect(head).toContain('Holdfast-Reason: RouteNotFound\r\n');
    if (type === 'application/json') {
      const body = JSON.parse(await client.take('}}'));
      expect(body.error).toEqual({
        code: 'RouteNotFound',
        message: 'no route matches the request',
        requestId: 'r1',
      });
    }
  });
});
