import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenLoopGenerator } from './open-loop-generator.ts';

const hasGo = spawnSync('go', ['version']).status === 0;
const PLAN = { rate: 200, seconds: 1, bodyBytes: 2 };
const REQUESTS = 400; // of the warm-up second and the one that is measured

// The generator is a Go program, which only `make bench` needs: the unit tests must not ask a machine for Go.
(hasGo ? describe : describe.skip)('with Go to build it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-generator-'));
  let generator: OpenLoopGenerator;
  let server: Server | undefined;

  beforeAll(async () => {
    generator = await OpenLoopGenerator.build(directory);
  }, 120_000);
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function load(listener: RequestListener) {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return generator.run({ port: (server.address() as AddressInfo).port, services: 3 }, PLAN);
  }

  test('as many requests are sent as the rate says, over all services', async () => {
    const paths: string[] = [];
    const report = await load((request, response) => {
      paths.push(request.url!);
      response.end('ok');
    });
    expect(report).toMatchObject({ requests: 200, failed: 0 });
    expect(paths).toHaveLength(REQUESTS);
    expect(new Set(paths).size).toBe(3);
    expect(paths).toContain('/service-00003/items/3');
  });

  test('requests go on while answers are held up, and their wait counts from when they were due', async () => {
    let answered = 0;
    const held: (() => void)[] = [];
    const report = await load((_request, response) => {
      answered += 1;
      // From the middle of the measured second on, answers wait for its last request.
      if (answered < 300) response.end('ok');
      else held.push(() => response.end('ok'));
      if (answered === REQUESTS) for (const release of held) release();
    });
    expect(report.connections).toBeGreaterThanOrEqual(100);
    expect(report.p99Us).toBeGreaterThan(400_000);
    expect(report.p50Us).toBeLessThan(report.p99Us);
  });

  test('requests that are cut off are counted', async () => {
    let answered = 0;
    const report = await load((request, response) => {
      answered += 1;
      if (answered % 100 === 0) request.socket.destroy();
      else response.end('ok');
    });
    expect(report.failed).toBe(4);
  });

  test.each([
    [
      'another size',
      (response: Parameters<RequestListener>[1]) => response.end('okay'),
      'a body of 4 bytes, expected 2',
    ],
    [
      'another status',
      (response: Parameters<RequestListener>[1]) => response.writeHead(503).end('no'),
      '503',
    ],
  ])('an answer of %s ends it', async (_title, answer, message) => {
    await expect(load((_request, response) => answer(response))).rejects.toThrow(message);
  });
});
