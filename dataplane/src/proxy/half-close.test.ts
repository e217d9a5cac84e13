import { closeAll } from './fixtures/cleanup.ts';
import { startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

test('a client that closes its side while it waits is gone: 499, and the backend is told', async () => {
  const upstream = await listenRaw();
  const { port, entries } = await startProxyTo('node:net', [upstream.port]);
  const client = await connectRaw(port);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const backend = await upstream.accept();
  await backend.takeHead();
  client.socket.end();
  await backend.whenEnded();
  await client.whenEnded();
  expect(await entries(1)).toMatchObject([{ status: 499, reason: 'ClientClosed' }]);
});

test('a client that closes its side amid its body never has a complete request', async () => {
  const upstream = await listenRaw();
  const { port, entries } = await startProxyTo('node:net', [upstream.port]);
  const client = await connectRaw(port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  const backend = await upstream.accept();
  await backend.take('hello');
  client.socket.end();
  await backend.whenEnded();
  expect(backend.received).not.toContain('0\r\n\r\n');
  expect(await entries(1)).toMatchObject([{ status: 499 }]);
});

test('a client that closes its side between requests is closed, and nothing is recorded of it', async () => {
  const { port, engine } = await startProxyTo('node:net', []);
  const client = await connectRaw(port);
  client.send('GET / HT');
  client.socket.end();
  await client.whenEnded();
  expect(client.received).toBe('');
  expect(engine.sample().rejected).toEqual([]);
});
