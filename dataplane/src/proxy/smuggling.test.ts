/** The known ways to have two programs disagree on where a message ends; each from the side that would use it. */
import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw, type RawPeer } from './fixtures/raw-peer.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(ENGINES)('on %s', (engineName) => {
  async function scene() {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port], { limits: { lingerMs: 100 } });
    return { upstream, client: await connectRaw(port) };
  }

  /** The backend gets this request, whole, and nothing behind it before it has answered. */
  async function expectAlone(backend: RawPeer, end: string): Promise<void> {
    await backend.take(end);
    expect(backend.received).toBe('');
  }

  test('CL.0: the body of a request that a backend might ignore is its body, and no request', async () => {
    const { upstream, client } = await scene();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`);
    const backend = await upstream.accept();
    expect(await backend.takeHead()).toContain(`Content-Length: ${HIDDEN.length}\r\n`);
    await expectAlone(backend, HIDDEN);
    backend.send(OK);
    await client.take('\r\n\r\nok');
    expect(client.received).toBe('');
  });

  test('0.CL: a length that only some would see is seen, or is the end', async () => {
    for (const field of [
      'Content-Length : 40',
      ' Content-Length: 40',
      'Content-Length:\v40',
      'X: 1\rContent-Length: 40',
    ]) {
      const { upstream, client } = await scene();
      client.send(`GET / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n${HIDDEN}`);
      expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 400 /);
      await client.whenEnded();
      expect(client.received).not.toMatch(/HTTP\/1\.1 \d/);
      expect(upstream.count()).toBe(0);
    }
  });

  test('TE.0: a chunked body goes on as one, and what is behind it waits', async () => {
    const { upstream, client } = await scene();
    client.send(`OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`);
    const backend = await upstream.accept();
    const head = await backend.takeHead();
    expect(head).toContain('Transfer-Encoding: chunked\r\n');
    expect(head).not.toContain('Content-Length');
    await expectAlone(backend, '0\r\n\r\n');
    backend.send(OK);
    await client.take('\r\n\r\nok');
    expect(await backend.takeHead()).toContain('GET /hidden ');
  });

  test('TE.TE: a coding in disguise is refused', async () => {
    for (const field of [
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding : chunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
      'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
      'X: 1\nTransfer-Encoding: chunked',
      'Transfer-Encoding:\r\n chunked',
      'Transfer-Encoding: "chunked"',
    ]) {
      const { upstream, client } = await scene();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n0\r\n\r\n${HIDDEN}`);
      expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 (400|501) /);
      expect(upstream.count()).toBe(0);
    }
  });

  test.each([
    ['that ends with LF alone', '5;x\nhello\r\n0\r\n\r\n'],
    ['with a bare CR', '5;x\ry\r\nhello\r\n0\r\n\r\n'],
  ])('a chunk extension %s is refused', async (_title, chunks) => {
    const { upstream, client } = await scene();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 400 /);
    if (upstream.count() > 0) await (await upstream.accept()).whenEnded();
  });

  test('a chunk extension that is well-formed never reaches a backend', async () => {
    const { upstream, client } = await scene();
    client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0;z\r\n\r\n',
    );
    const backend = await upstream.accept();
    await backend.takeHead();
    expect(await backend.take('0\r\n\r\n')).toBe('5\r\nhello\r\n0\r\n\r\n');
  });

  test('Expect: a body that comes without its 100 is never taken for a request', async () => {
    const { upstream, client } = await scene();
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    );
    const backend = await upstream.accept();
    await expectAlone(backend, HIDDEN);
    backend.send(OK);
    await client.take('\r\n\r\nok');
    expect(client.received).toBe('');
    expect(upstream.count()).toBe(1);
  });

  test('Expect: after a refusal nothing more of the connection is read as a request', async () => {
    const { upstream, client } = await scene();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    await client.take('\r\n\r\nno');
    client.send(HIDDEN.repeat(3));
    await client.whenEnded();
    expect(client.received).toBe('');
    expect(upstream.count()).toBe(1);
  });

  test('a poisoned queue: a second response is nobody’s, whenever it comes', async () => {
    const { upstream, client } = await scene();
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 45\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    );
    await client.takeHead();
    await backend.whenEnded();
    client.send('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    const fresh = await upstream.accept();
    await fresh.takeHead();
    fresh.send(OK);
    expect(await client.take('\r\n\r\nok')).not.toContain('evil');
  });
});
