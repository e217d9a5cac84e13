import { closeAll } from './fixtures/cleanup.ts';
import { startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw, type RawPeer } from './fixtures/raw-peer.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';

async function scene(limits = {}) {
  const upstream = await listenRaw();
  const underTest = await startProxyTo('node:net', [upstream.port], { limits });
  return { upstream, client: await connectRaw(underTest.port), ...underTest };
}

async function answer(backend: RawPeer): Promise<void> {
  await backend.takeHead();
  backend.send(OK);
}

test('a POST goes on a connection that the backend has promised to keep for longer', async () => {
  const { upstream, client } = await scene({ upstreamFreshMs: 0 });
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  backend.send(OK.replace('Content', 'Keep-Alive: timeout=60\r\nContent'));
  await client.take('\r\n\r\nok');
  client.send(POST);
  await backend.take('hi');
  backend.send(OK);
  await client.take('\r\n\r\nok');
  expect(upstream.count()).toBe(1);
});

test('a POST does not go on one whose backend promises a second, since it may end it earlier', async () => {
  const { upstream, client } = await scene({ upstreamFreshMs: 60_000 });
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  backend.send(OK.replace('Content', 'Keep-Alive: timeout=1\r\nContent'));
  await client.take('\r\n\r\nok');
  client.send(POST);
  const fresh = await upstream.accept();
  await fresh.take('hi');
});

test('after a backend has closed an idle connection, POSTs go on none that is as old', async () => {
  const { upstream, client } = await scene({ upstreamFreshMs: 60_000 });
  client.send(GET);
  const first = await upstream.accept();
  await first.takeHead();
  first.send(OK);
  await client.take('\r\n\r\nok');
  first.socket.end();
  await first.whenEnded();
  client.send(GET);
  const second = await upstream.accept();
  await second.takeHead();
  second.send(OK);
  await client.take('\r\n\r\nok');
  client.send(POST);
  await (await upstream.accept()).take('hi');
});

test('the connection of a response that came before the whole request is not used again', async () => {
  const { upstream, client } = await scene({ lingerMs: 5_000 });
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  const backend = await upstream.accept();
  await backend.take('hello');
  backend.send(OK);
  await client.take('\r\n\r\nok');
  await backend.whenEnded();
  client.send(`5\r\nworld\r\n0\r\n\r\n${GET}`);
  const fresh = await upstream.accept();
  await fresh.takeHead();
  fresh.send(OK);
  expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
});

test('a request on a new connection that ends unanswered is sent once more, to another endpoint', async () => {
  const [one, other] = [await listenRaw(), await listenRaw()];
  const { port, engine } = await startProxyTo('node:net', [one.port, other.port]);
  const client = await connectRaw(port);
  client.send(GET);
  const accepted = [one.accept(), other.accept()] as const;
  const first = await Promise.race(accepted);
  const second = one.count() === 1 ? accepted[1] : accepted[0];
  await first.takeHead();
  first.socket.end();
  await answer(await second);
  expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
  expect(engine.sample().upstreamRetries).toBe(1);
});

test('never a third time, never without another endpoint, and never a POST', async () => {
  const refusal = /^HTTP\/1\.1 502 [\s\S]*Holdfast-Reason: UpstreamReset\r\n/;
  const upstreams = [await listenRaw(), await listenRaw(), await listenRaw()];
  const { port } = await startProxyTo(
    'node:net',
    upstreams.map((upstream) => upstream.port),
  );
  const client = await connectRaw(port);
  client.send(GET);
  const connections = () => upstreams.reduce((sum, upstream) => sum + upstream.count(), 0);
  for (const upstream of upstreams)
    void upstream.accept().then((peer) => peer.takeHead().then(() => peer.socket.end()));
  expect(await client.takeHead()).toMatch(refusal);
  expect(connections()).toBe(2);

  for (const request of [GET, POST]) {
    const { upstream, client: alone } = await scene();
    alone.send(request);
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.socket.end();
    expect(await alone.takeHead()).toMatch(refusal);
    expect(upstream.count()).toBe(1);
  }
});
