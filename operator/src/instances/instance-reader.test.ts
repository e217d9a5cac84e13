import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FLEET } from '../fixtures/observation.ts';
import type { PodObject } from '../status/observation.ts';
import { InstanceReader, type ReadResult } from './instance-reader.ts';

const GOOD = FLEET[0]!.document!;
const { signal } = new AbortController();
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function portOf(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function pod(uid: string, status: PodObject['status'] = { podIP: '127.0.0.1', phase: 'Running' }): PodObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'edge-a', uid }, spec: {}, status: status! };
}

function readerOf(port: number, freshMs = 60_000) {
  const results: ReadResult[] = [];
  const onRead = (result: ReadResult) => results.push(result);
  const reader = new InstanceReader({ port, timing: { timeoutMs: 200, freshMs }, onRead });
  const read = async (...pods: PodObject[]) =>
    (await reader.read('default/edge', pods, signal)).map(({ document }) => document);
  return { read, results };
}

test('the status of an instance is asked for at its pod address, also where it says that it is not healthy', async () => {
  const port = await portOf((request, response) => {
    response.writeHead(request.url === '/status' ? 503 : 404).end(JSON.stringify(GOOD));
  });
  const { read, results } = readerOf(port);
  expect(await read(pod('1'))).toEqual([GOOD]);
  expect(results).toEqual(['answered']);
});

test('an answer is used again for a while', async () => {
  const port = await portOf((_request, response) => response.end(JSON.stringify(GOOD)));
  const kept = readerOf(port);
  await kept.read(pod('1'));
  expect(await kept.read(pod('1'), pod('2'))).toEqual([GOOD, GOOD]);
  expect(kept.results).toHaveLength(2);
  const old = readerOf(port, 0);
  await old.read(pod('1'));
  await old.read(pod('1'));
  expect(old.results).toHaveLength(2);
});

test.each<[string, RequestListener]>([
  ['hangs', () => {}],
  ['sends its answer without end', (_request, response) => void response.write(' '.repeat(300 * 1024))],
  ['sends it elsewhere', (_request, response) => response.writeHead(302, { location: '/status' }).end()],
  ['breaks off', (request) => request.socket.destroy()],
])('an instance that %s counts as silent', async (_title, answer) => {
  const { read, results } = readerOf(await portOf(answer));
  expect(await read(pod('1'))).toEqual([undefined]);
  expect(results).toEqual(['silent']);
});

test('two hundred that hang are asked some at a time, and hold up nobody for ever', async () => {
  let most = 0;
  let open = 0;
  const port = await portOf((request) => {
    open += 1;
    most = Math.max(most, open);
    request.on('close', () => (open -= 1));
  });
  const { read, results } = readerOf(port);
  await read(...Array.from({ length: 200 }, (_, index) => pod(String(index))));
  expect(results).toHaveLength(200);
  expect(most).toBeLessThanOrEqual(64 + 8);
});

test('a pod that has no address, or one that is no IP address, or does not run is not asked', async () => {
  const { read, results } = readerOf(1);
  const pods = [pod('1', {}), pod('2', { podIP: 'metadata.example', phase: 'Running' })];
  expect(await read(...pods, pod('3', { podIP: '127.0.0.1', phase: 'Failed' }))).toEqual(
    Array(3).fill(undefined),
  );
  expect(results).toEqual([]);
});
