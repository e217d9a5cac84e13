import { closeAll } from './fixtures/cleanup.ts';
import { startProxyTo as start } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw, type RawUpstream } from './fixtures/raw-peer.ts';

afterEach(closeAll);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const MANY = 200;

/** A round trip elsewhere: time enough for what is not held back. */
async function answerOther(port: number, upstream: RawUpstream): Promise<void> {
  const other = await connectRaw(port);
  other.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  backend.send(OK);
  await other.take('\r\n\r\nok');
}

const startProxyTo = (...[ports, options]: [number[], Parameters<typeof start>[2]?]) =>
  start('node:net', ports, options);

test('a target that is too long: 414 (RFC 9110 15.5.15)', async () => {
  const { port } = await startProxyTo([], { limits: { maxTargetBytes: 100 } });
  const client = await connectRaw(port);
  client.send(`GET /${'x'.repeat(200)}`);
  expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 414 [\s\S]*Holdfast-Reason: TargetTooLong\r\n/);
  await client.whenEnded();
});

test('more connections than are taken are told so and closed, and others go on', async () => {
  const upstream = await listenRaw();
  const { port, entries } = await startProxyTo([upstream.port], { limits: { maxConnections: 1 } });
  const first = await connectRaw(port);
  first.send(GET);
  const backend = await upstream.accept();
  const second = await connectRaw(port);
  expect(await second.takeHead()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Holdfast-Reason: TooManyConnections\r\n/);
  await second.whenEnded();
  second.socket.end();
  expect(await entries(1)).toMatchObject([{ status: 503, reason: 'TooManyConnections' }]);
  backend.send(OK);
  await first.take('\r\n\r\nok');
});

test('pipelined requests are all answered, in order, however many they are', async () => {
  const upstream = await listenRaw();
  const { port } = await startProxyTo([upstream.port]);
  const client = await connectRaw(port);
  client.send(Array.from({ length: MANY }, (_, index) => GET.replace('/', `/${index}`)).join(''));
  const backend = await upstream.accept();
  for (let index = 0; index < MANY; index++) {
    expect(await backend.takeHead()).toContain(`GET /${index} `);
    backend.send(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${1_000 + index}`);
    await client.take(`\r\n\r\n${1_000 + index}`);
  }
  expect(upstream.count()).toBe(1);
});

test('pipelined requests that the gateway answers itself leave other connections their turn', async () => {
  const { port, publish } = await startProxyTo([]);
  await publish([], []);
  const greedy = await connectRaw(port);
  const other = await connectRaw(port);
  greedy.send(GET.repeat(1_000));
  other.send(GET);
  await other.takeHead();
  const before = greedy.received.match(/HTTP\/1\.1 404/g)?.length ?? 0;
  expect(before).toBeLessThan(900);
});

test('what a client sends ahead of its turn waits in its own system, and not in memory', async () => {
  const upstream = await listenRaw();
  const { port } = await startProxyTo([upstream.port]);
  const client = await connectRaw(port);
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  const size = 64 * 1024 * 1024;
  client.socket.write(Buffer.alloc(size, 'x'));
  await answerOther(port, upstream);
  expect(client.socket.writableLength).toBeGreaterThan(size / 2);
  backend.send(OK);
  await client.take('\r\n\r\nok');
});

test('a head that drips in is late in total, not from byte to byte: 408', async () => {
  const { port } = await startProxyTo([], { limits: { headTimeoutMs: 300 } });
  const client = await connectRaw(port);
  client.send('GET / HTTP/1.1\r\n');
  const drip = setInterval(() => client.send('X: 1\r\n'), 20);
  try {
    expect(await client.takeHead()).toMatch(
      /^HTTP\/1\.1 408 [\s\S]*Holdfast-Reason: RequestHeaderTimeout\r\n/,
    );
  } finally {
    clearInterval(drip);
  }
});

test('a body that drips in slower than the lowest rate: 408', async () => {
  const upstream = await listenRaw();
  const limits = { requestBodyIdleMs: 200, minBodyBytesPerSecond: 1_000, lingerMs: 100 };
  const { port } = await startProxyTo([upstream.port], { limits });
  const client = await connectRaw(port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n');
  const drip = setInterval(() => client.send('x'), 20);
  try {
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 408 [\s\S]*Holdfast-Reason: RequestBodyTimeout\r\n/);
  } finally {
    clearInterval(drip);
  }
  await (await upstream.accept()).whenEnded();
});

test('a body that comes at the lowest rate goes on for longer than its idle time', async () => {
  const upstream = await listenRaw();
  const limits = { requestBodyIdleMs: 300, minBodyBytesPerSecond: 100 };
  const { port } = await startProxyTo([upstream.port], { limits });
  const client = await connectRaw(port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n');
  const backend = await upstream.accept();
  await backend.takeHead();
  for (let piece = 0; piece < 20; piece++) {
    client.send('x'.repeat(100));
    await backend.take('x'.repeat(100));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  backend.send(OK);
  expect(await client.take('\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 /);
});

test('a client that does not read holds a bounded part of its response, and is cut off after a while', async () => {
  const upstream = await listenRaw();
  const { port, entries } = await startProxyTo([upstream.port], { limits: { responseBodyIdleMs: 1_000 } });
  const client = await connectRaw(port);
  client.socket.pause();
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  const size = 64 * 1024 * 1024;
  backend.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  backend.socket.write(Buffer.alloc(size));
  await answerOther(port, upstream);
  expect(backend.socket.writableLength).toBeGreaterThan(size / 2);
  await backend.whenEnded();
  expect(await entries(2)).toMatchObject([{ reason: '' }, { status: 200, reason: 'ClientClosed' }]);
});
