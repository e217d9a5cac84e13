import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BoundSocket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { atTestEnd, closeAll } from '../proxy/fixtures/cleanup.ts';
import { connectRaw, listenRaw } from '../proxy/fixtures/raw-peer.ts';
import type { SupervisorToWorker, WorkerToSupervisor } from '../supervisor/worker-messages.ts';

afterEach(closeAll);

const FIRST_FD = 4;
/** Three of them on a busy machine. */
const PROCESSES_START_MS = 20_000;
const revision = (sequence: number) => ({ lineage: 'test', sequence, hash: `sha256:${sequence}` });

class WorkerProcess {
  readonly child: ChildProcess;
  output = '';
  readonly #messages: WorkerToSupervisor[] = [];
  #notify: () => void = () => {};

  constructor(bound: BoundSocket) {
    this.child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', bound.fd()],
      serialization: 'advanced',
    });
    atTestEnd(() => this.child.kill('SIGKILL'));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.child.on('message', (message: WorkerToSupervisor) => {
      this.#messages.push(message);
      this.#notify();
    });
    const { port } = bound.address();
    const listeners = [{ name: 'http', host: '127.0.0.1', port, fd: FIRST_FD }];
    this.tell({
      type: 'start',
      settings: { worker: 1, workers: 1, instance: 'edge-0', listeners, logLevel: 'info' },
    });
  }

  tell(message: SupervisorToWorker): void {
    this.child.send(message);
  }

  /** The next message of this type; those before it are passed over. */
  async hear<T extends WorkerToSupervisor['type']>(
    type: T,
  ): Promise<Extract<WorkerToSupervisor, { type: T }>> {
    for (;;) {
      const message = this.#messages.shift();
      if (message?.type === type) return message as Extract<WorkerToSupervisor, { type: T }>;
      if (message !== undefined) continue;
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  /** Serves one route to a backend on this port. */
  async serve(port: number, sequence = 1): Promise<void> {
    const route = { name: 'all', backendRefs: [{ name: 'app' }] };
    const backend = { name: 'app', endpoints: [{ address: '127.0.0.1', port }] };
    this.tell({
      type: 'put',
      resources: [
        ['route/all', JSON.stringify(route)],
        ['backend/app', JSON.stringify(backend)],
      ],
      facts: [],
    });
    this.tell({ type: 'commit', revision: revision(sequence) });
    await this.hear('serving');
  }
}

function bind(): BoundSocket {
  const bound = new BoundSocket({ host: '127.0.0.1' });
  atTestEnd(() => bound.close());
  return bound;
}

const GET = 'GET /?token=secret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('a worker starts, serves its first commit, refuses a broken one and goes on with the last good (I3)', async () => {
  const bound = bind();
  const worker = new WorkerProcess(bound);
  await worker.hear('started');
  const upstream = await listenRaw();
  await worker.serve(upstream.port);

  worker.tell({
    type: 'put',
    resources: [['route/bad', '{"name":"bad","backendRefs":[{"name":"gone"}]}']],
    facts: [],
  });
  worker.tell({ type: 'commit', revision: revision(2) });
  const refused = await worker.hear('refused');
  expect(refused).toMatchObject({ revision: { sequence: 2 }, reasons: [{ code: 'BackendNotFound' }] });

  const client = await connectRaw(bound.address().port);
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  backend.send(OK);
  await client.take('\r\n\r\nok');
  for (let counted = false; !counted; ) {
    const { sample } = await worker.hear('metrics');
    counted = sample.requests.some(({ route, code }) => route === 'all' && code === 200);
  }
});

test('a ping is answered, and SIGTERM and SIGINT are the business of the supervisor', async () => {
  const worker = new WorkerProcess(bind());
  await worker.hear('started');
  worker.child.kill('SIGTERM');
  worker.child.kill('SIGINT');
  worker.tell({ type: 'ping', id: 7 });
  expect(await worker.hear('pong')).toEqual({ type: 'pong', id: 7 });
});

test('from the drain on samples come five times a second, so that its end is seen in time', async () => {
  const worker = new WorkerProcess(bind());
  worker.tell({ type: 'drain' });
  await worker.hear('metrics');
  const from = performance.now();
  for (const _ of Array(5)) await worker.hear('metrics');
  // Once a second before it, they would take five.
  expect(performance.now() - from).toBeLessThan(4_500);
});

test('a worker whose supervisor goes away ends at once', async () => {
  const worker = new WorkerProcess(bind());
  await worker.hear('started');
  worker.child.disconnect();
  const [code] = await once(worker.child, 'exit');
  expect(code).toBe(1);
});

test('stop ends the worker with exit code 0, its last figures sent and its access log written without secrets', async () => {
  const bound = bind();
  const worker = new WorkerProcess(bound);
  const upstream = await listenRaw();
  await worker.serve(upstream.port);
  const client = await connectRaw(bound.address().port);
  client.send(GET);
  const backend = await upstream.accept();
  await backend.takeHead();
  backend.send(OK);
  await client.take('\r\n\r\nok');
  worker.tell({ type: 'drain' });
  worker.tell({ type: 'stop', spreadMs: 0 });
  await client.whenEnded();
  client.socket.end();
  const [code] = await once(worker.child, 'close');
  expect(code).toBe(0);
  const line = JSON.parse(worker.output.split('\n').find((text) => text.includes('"request"')) ?? '{}');
  expect(line).toMatchObject({
    method: 'GET',
    path: '/',
    status: 200,
    reason: '',
    route: 'all',
    backend: 'app',
    target: `127.0.0.1:${upstream.port}`,
    clientAddress: '127.0.0.1',
    bytesOut: 2,
  });
  expect(worker.output).not.toContain('secret');
});

test(
  'workers share one queue: one that stops, and one that is killed, leave it to the others',
  async () => {
    const bound = bind();
    const { port } = bound.address();
    const upstream = await listenRaw();
    const [first, second, third] = [
      new WorkerProcess(bound),
      new WorkerProcess(bound),
      new WorkerProcess(bound),
    ];
    await Promise.all([first.serve(upstream.port), second.serve(upstream.port), third.serve(upstream.port)]);
    first.tell({ type: 'stop', spreadMs: 0 });
    second.child.kill('SIGKILL');
    await Promise.all([once(first.child, 'exit'), once(second.child, 'exit')]);
    for (let round = 0; round < 20; round++) {
      const client = await connectRaw(port);
      client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      const backend = await upstream.accept();
      await backend.takeHead();
      backend.send('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
      backend.socket.end();
      await client.take('\r\n\r\nok');
    }
  },
  PROCESSES_START_MS,
);

test('until its first commit with a revision a worker leaves connections in the queue', async () => {
  const bound = bind();
  const { port } = bound.address();
  const upstream = await listenRaw();
  const serving = new WorkerProcess(bound);
  await serving.serve(upstream.port);
  const waiting = new WorkerProcess(bound);
  await waiting.hear('started');
  waiting.tell({ type: 'put', resources: [], facts: [['endpoints/x:80', '{}']] });
  waiting.tell({ type: 'ping', id: 1 });
  await waiting.hear('pong');
  for (let round = 0; round < 10; round++) {
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const backend = await upstream.accept();
    await backend.takeHead();
    backend.send('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    backend.socket.end();
    await client.take('\r\n\r\nok');
  }
});

test('a client that resets before its upgrade is answered does not end the worker', async () => {
  const bound = bind();
  const worker = new WorkerProcess(bound);
  const upstream = await listenRaw();
  await worker.serve(upstream.port);
  const client = await connectRaw(bound.address().port);
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const backend = await upstream.accept();
  await backend.takeHead();
  client.reset();
  await backend.whenEnded();
  worker.tell({ type: 'ping', id: 1 });
  await worker.hear('pong');
});

test('a defect ends the worker with a fatal line, for the supervisor to start another', async () => {
  const worker = new WorkerProcess(bind());
  await worker.hear('started');
  worker.tell({ type: 'put' } as unknown as SupervisorToWorker);
  const [code] = await once(worker.child, 'close');
  expect(code).toBe(1);
  expect(JSON.parse(worker.output)).toMatchObject({ level: 60, worker: 1, msg: 'the worker ends' });
});
