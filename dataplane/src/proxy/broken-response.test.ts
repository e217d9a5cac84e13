import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  const UNTIL_THE_END = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello';
  const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';

  test('a response that ends with its connection is not complete where that connection is reset', async () => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(UNTIL_THE_END);
    await client.take('hello');
    backend.reset();
    await client.whenEnded();
    expect(client.received).not.toContain('0\r\n\r\n');
    expect(await entries(1)).toMatchObject([{ status: 200, reason: 'UpstreamAborted' }]);
  });

  test('a client of HTTP/1.0, to which the end of the connection is the end of the response, gets a reset', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(CHUNKED);
    await client.take('hello');
    backend.socket.end();
    await client.whenEnded();
    expect(client.ended).toBe(false);
  });

  test('a refused upgrade whose body is broken off ends with a reset too', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send(CHUNKED.replace('200 OK', '403 Forbidden'));
    await client.take('hello');
    backend.socket.end();
    await client.whenEnded();
    expect(client.ended).toBe(false);
  });

  test.each(['gzip, chunked', 'gzip'])(
    'a response in the transfer coding %j, which the client would not know of, is 502',
    async (coding) => {
      const upstream = await listenRaw();
      const { port } = await startProxyTo(engineName, [upstream.port]);
      const client = await connectRaw(port);
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const backend = await upstream.accept();
      await backend.takeHead();
      backend.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n2\r\n\x1f\x8b\r\n0\r\n\r\n`);
      expect(await client.takeHead()).toContain('Holdfast-Reason: UpstreamProtocolError\r\n');
    },
  );
});
