import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type CheckSettings, checkSettings } from './check-settings.ts';
import { probeEndpoint } from './health-probe.ts';

const NEVER = new AbortController().signal;
const HTTP = checkSettings({ path: '/healthz', timeout: '1s' });
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<{ address: string; port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const answering = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(createHttpServer(answer));
const check = (endpoint: { address: string; port: number }, settings: CheckSettings, stop = NEVER) =>
  probeEndpoint(endpoint, settings, stop);

test.each<[status: number, good: boolean]>([
  [200, true],
  [299, true],
  [302, false],
  [404, false],
  [503, false],
])('an endpoint that answers %d is well: %p', async (status, good) => {
  const endpoint = await answering((_, response) => response.writeHead(status).end());
  expect(await check(endpoint, HTTP)).toBe(good);
});

test('expected statuses take the place of 200 to 299', async () => {
  const settings = checkSettings({ path: '/', expectedStatuses: [404] });
  const endpoint = await answering((request, response) =>
    response.writeHead(request.url === '/' ? 404 : 200).end(),
  );
  expect(await check(endpoint, settings)).toBe(true);
  expect(await check(endpoint, HTTP)).toBe(true);
  expect(await check(endpoint, { ...settings, http: { ...settings.http!, path: '/else' } })).toBe(false);
});

test('it asks for the path with the host that is configured, or the address and port, on a connection of its own', async () => {
  const seen: unknown[] = [];
  const endpoint = await answering((request, response) => {
    seen.push([request.method, request.url, request.headers.host, request.headers.connection]);
    response.end();
  });
  await check(endpoint, HTTP);
  await check(endpoint, checkSettings({ path: '/', hostname: 'shop.example' }));
  expect(seen).toEqual([
    ['GET', '/healthz', `127.0.0.1:${endpoint.port}`, 'close'],
    ['GET', '/', 'shop.example', 'close'],
  ]);
});

test('a body without end is not waited for', async () => {
  const endpoint = await answering((_, response) => response.writeHead(200).write('on and on'));
  expect(await check(endpoint, HTTP)).toBe(true);
});

test('one that accepts and says nothing fails at the timeout', async () => {
  const endpoint = await listening(createServer());
  expect(await check(endpoint, { ...HTTP, timeoutMs: 50 })).toBe(false);
}, 3_000);

test.each<[what: string, answer: string | undefined]>([
  ['breaks off', undefined],
  ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.0\r\n\r\n'],
])('one that %s fails', async (_what, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (answer === undefined) socket.resetAndDestroy();
    else socket.end(answer);
  });
  expect(await check(await listening(server), HTTP)).toBe(false);
});

test('without a path a connection that stands is enough', async () => {
  const endpoint = await listening(createServer());
  expect(await check(endpoint, checkSettings({}))).toBe(true);
});

test('one that refuses connections fails either way', async () => {
  const server = createServer();
  const endpoint = await listening(server);
  server.close();
  expect(await check(endpoint, checkSettings({}))).toBe(false);
  expect(await check(endpoint, HTTP)).toBe(false);
});

test('a check that is stopped ends at once', async () => {
  const endpoint = await listening(createServer());
  const stop = new AbortController();
  const checking = check(endpoint, { ...HTTP, timeoutMs: 60_000 }, stop.signal);
  stop.abort();
  expect(await checking).toBe(false);
  expect(await check(endpoint, HTTP, stop.signal)).toBe(false);
});
