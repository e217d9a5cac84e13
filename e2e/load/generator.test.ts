import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { Generator } from './generator.ts';
import type { LoadReport } from './ledger.ts';
import { Load } from './load.ts';
import { type LoadPlan, loadPlan } from './plan.ts';

const PLAN = { rate: 100, slowEvery: 0, postEvery: 10, timeoutMs: 10_000, slowMs: 100 };

/** Runs a generator until it has sent `requests` and gives its account. */
async function run(port: number, requests: number, plan: Partial<LoadPlan> = {}): Promise<LoadReport> {
  const complete = loadPlan({ target: `http://127.0.0.1:${port}`, ...PLAN, ...plan });
  const generator = new Generator(complete, () => {});
  await generator.sentAtLeast(requests);
  const report = await generator.stop();
  expect(report.sent).toBe(report.ok + report.failed);
  expect(report.inFlight).toBe(0);
  expect(report.byConnection.kept + report.byConnection.fresh).toBe(report.sent);
  return report;
}

let server: Server | TcpServer;
const sockets = new Set<Socket>();

function listen(next: Server | TcpServer): Promise<number> {
  server = next;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(resolve));
});

/** Answers rightly, after `spoil` had its chance. */
function echoServer(spoil: (number: number, socket: Socket) => boolean = () => false): Server {
  let number = 0;
  return createServer(async (request, response) => {
    const digest = createHash('sha256');
    for await (const chunk of request) digest.update(chunk);
    number += 1;
    if (spoil(number, request.socket)) return;
    const { method, headers } = request;
    response.end(JSON.stringify({ token: headers['echo-token'], method, bodySha256: digest.digest('hex') }));
  });
}

/** Speaks raw bytes in answer to each request. */
function rawServer(answer: (socket: Socket) => void): TcpServer {
  return createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
}

test('right answers are ok, half of them on kept connections, a tenth of them POST', async () => {
  const report = await run(await listen(echoServer()), 40);
  expect(report.failed).toBe(0);
  expect(report.lastFailureDueAt).toBeUndefined();
  expect(Math.abs(report.byConnection.kept - report.byConnection.fresh)).toBeLessThanOrEqual(1);
  expect(report.byMethod.POST! / report.sent).toBeCloseTo(0.1, 1);
  expect(report.keptConnections.opened).toBeLessThanOrEqual(25);
});

test('every request on a reset connection fails as Reset', async () => {
  const port = await listen(rawServer((socket) => socket.resetAndDestroy()));
  const report = await run(port, 20);
  expect(report.failuresByKind).toEqual({ Reset: report.sent });
  expect(report.lastFailureDueAt).toBe(Math.max(...report.failures.map(({ dueAt }) => dueAt)));
});

test('an end inside the answer fails as Closed', async () => {
  const port = await listen(
    rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{')),
  );
  const report = await run(port, 20);
  expect(report.failuresByKind).toEqual({ Closed: report.sent });
});

test('silence fails as Timeout, and arrivals go on meanwhile', async () => {
  const port = await listen(rawServer(() => {}));
  const report = await run(port, 60, { timeoutMs: 400 });
  expect(report.failuresByKind).toEqual({ Timeout: report.sent });
  expect(report.latency.p50).toBeGreaterThanOrEqual(390);
});

test('a port without a listener fails as ConnectFailed', async () => {
  const port = await listen(rawServer(() => {}));
  await new Promise((resolve) => server.close(resolve));
  const report = await run(port, 20);
  await listen(rawServer(() => {}));
  expect(report.failuresByKind).toEqual({ ConnectFailed: report.sent });
});

test('a 503, an answer to somebody else and an answer that is no HTTP are told apart', async () => {
  const body = '{"token":"other"}';
  const answers = [
    `HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nHoldfast-Reason: NoRoute\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    'nonsense\r\n\r\n',
  ];
  let number = 0;
  const port = await listen(rawServer((socket) => socket.write(answers[number++ % 3]!)));
  const report = await run(port, 30, { postEvery: 0 });
  expect(Object.keys(report.failuresByKind).sort()).toEqual(['Malformed', 'ServerError', 'WrongBody']);
  expect(report.failures.find(({ kind }) => kind === 'ServerError')).toMatchObject({
    status: 503,
    reason: 'NoRoute',
  });
});

test('a server that closes kept connections between requests costs new connections, no failures', async () => {
  const port = await listen(
    echoServer((number, socket) => {
      if (number % 5 === 0) setImmediate(() => setTimeout(() => socket.end(), 20));
      return false;
    }),
  );
  const report = await run(port, 100, { keptConnections: 5 });
  expect(report.failuresByKind).toEqual({});
  expect(report.keptConnections.endedIdle).toBeGreaterThan(0);
});

test('Connection: close is honoured: the connection is not used again', async () => {
  const once = createServer((request, response) => {
    const { method, headers } = request;
    response.setHeader('Connection', 'close');
    const bodySha256 = createHash('sha256').digest('hex');
    response.end(JSON.stringify({ token: headers['echo-token'], method, bodySha256 }));
  });
  const report = await run(await listen(once), 40, { postEvery: 0 });
  expect(report.failed).toBe(0);
  expect(report.keptConnections.opened).toBe(report.byConnection.kept);
});

test('latency counts from the due time: a server that stalls once shows in every request that had to wait', async () => {
  let stalled = false;
  const port = await listen(
    echoServer((number) => {
      if (number === 20 && !stalled) {
        stalled = true;
        const until = performance.now() + 250;
        while (performance.now() < until); // The generator shares this event loop: its own arrivals are late too.
      }
      return false;
    }),
  );
  const report = await run(port, 60);
  expect(report.failed).toBe(0);
  expect(report.latency.max).toBeGreaterThan(200);
  expect(report.latency.p90).toBeGreaterThan(80);
  expect(report.lateMs).toBeGreaterThan(200);
});

test('the same in a process of its own, with figures each second', async () => {
  const port = await listen(echoServer());
  const load = await Load.start({ target: `http://127.0.0.1:${port}`, ...PLAN });
  await new Promise<void>((resolve) => {
    load.onSecond = () => resolve();
  });
  const report = await load.stop();
  expect(report).toMatchObject({ failed: 0, inFlight: 0 });
  expect(load.seconds[0]!.rate).toBeGreaterThan(90);
});
