/** What a reflector makes of each way in which a watch can end, against a real API server. */
import type { ServerResponse } from 'node:http';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import type { Change } from '@holdfast/kube/reflector/object-cache.ts';
import { Reflector, type ReflectorTiming } from '@holdfast/kube/reflector/reflector.ts';
import { jest } from '@jest/globals';
import { eventually, Mark } from '../harness/eventually.ts';
import { FaultProxy } from '../harness/fault-proxy.ts';
import { freePort } from '../harness/free-port.ts';
import { ApiServer } from './api-server.ts';
import { CONFIG_MAPS, type ConfigMap, NAMESPACE, remove, write } from './config-maps.ts';
import { HttpFront, isList, isWatch, status } from './http-front.ts';

jest.setTimeout(180_000);

let server: ApiServer;
let front: HttpFront;
let label = '';
let tests = 0;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await ApiServer.start();
});
beforeEach(async () => {
  tests += 1;
  label = `test-${tests}`;
  front = await HttpFront.start(server.port);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await front.close();
});
afterAll(() => server.close());

/** A reflector of this test's ConfigMaps, with the changes it told of. */
async function follow(client: ApiClient, timing: Partial<ReflectorTiming> = {}) {
  const reflector = new Reflector<ConfigMap>({
    client,
    resource: CONFIG_MAPS,
    namespace: NAMESPACE,
    labelSelector: `test=${label}`,
    pageSize: 2,
    timing: { firstMs: 100, ...timing },
  });
  const changes: string[] = [];
  reflector.onChange(({ type, object }: Change<ConfigMap>) => {
    changes.push(`${type} ${object.metadata.name}=${object.data?.value}`);
  });
  stops.push(() => reflector.stop());
  reflector.start();
  await reflector.synced;
  const values = () =>
    Object.fromEntries(reflector.cache.list().map(({ metadata, data }) => [metadata.name, data?.value]));
  const has = (expected: Record<string, string>, timeoutMs = 20_000) =>
    eventually(
      `the cache has ${JSON.stringify(expected)}`,
      () => {
        expect(values()).toEqual(expected);
        return true;
      },
      { timeoutMs },
    );
  return { reflector, changes, has };
}

function frontClient(): ApiClient {
  return server.connect(front.url);
}

/** Resolves when the front has seen so many watches. */
async function watches(count: number): Promise<void> {
  const seen = () => front.count(({ method, url }) => isWatch(method, url));
  await eventually(`watch number ${count} is asked for`, () => seen() >= count, { everyMs: 5 });
}

test('it lists in pages, tells of each object, then of every change, in order', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await write(server.client, `${label}-${name}`, '1', label);
  const { changes, has, reflector } = await follow(frontClient());
  expect(front.count(({ method, url }) => isList(method, url))).toBe(3);
  await write(server.client, `${label}-a`, '2', label);
  await remove(server.client, `${label}-b`);
  await has({ [`${label}-a`]: '2', [`${label}-c`]: '1', [`${label}-d`]: '1', [`${label}-e`]: '1' });
  expect(changes.slice(0, 5)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `added ${label}-${name}=1`));
  expect(changes.slice(5)).toEqual([`updated ${label}-a=2`, `deleted ${label}-b=1`]);
  expect(reflector.cache.list()[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  expect(() => Object.assign(reflector.cache.list()[0]!.data!, { value: 'mine' })).toThrow(TypeError);
});

test('a watch that is reset goes on where it was: nothing missed, nothing listed again', async () => {
  const { changes, has, reflector } = await follow(frontClient());
  for (let round = 1; round <= 5; round += 1) {
    await watches(round);
    front.reset();
    await write(server.client, `${label}-a`, String(round), label);
    await has({ [`${label}-a`]: String(round) });
  }
  expect(reflector.counts.lists).toBe(1);
  expect(reflector.counts.failures.Unreachable).toBeGreaterThanOrEqual(1);
  expect(changes.map((change) => change.split('=')[1])).toEqual(['1', '2', '3', '4', '5']);
});

test('a watch that the server ends cleanly goes on where it was', async () => {
  const { changes, has, reflector } = await follow(frontClient(), { watchSeconds: 1, stableMs: 500 });
  for (let round = 1; round <= 10; round += 1) {
    await write(server.client, `${label}-a`, String(round), label);
    await has({ [`${label}-a`]: String(round) });
    await eventually('the next watch', () => reflector.counts.watches > round / 2);
  }
  expect(reflector.counts.watches).toBeGreaterThanOrEqual(5);
  expect(reflector.counts).toMatchObject({ lists: 1, failures: {} });
  expect(changes).toHaveLength(10);
});

test('a server that ends each watch at once is not asked in a hot loop', async () => {
  front.intervene({ match: isWatch, act: (response) => response.end() });
  await follow(frontClient());
  await new Mark().reach(5_000);
  const watches = front.count(({ method, url }) => isWatch(method, url));
  expect(watches).toBeGreaterThanOrEqual(3);
  expect(watches).toBeLessThanOrEqual(20);
});

test('a 410 as the answer leads to a new list, in which the deletes of the gap are noticed', async () => {
  for (const name of ['a', 'b']) await write(server.client, `${label}-${name}`, '1', label);
  const { has, changes, reflector } = await follow(frontClient());
  await watches(1);
  const restore = front.intervene({
    match: (method, url) => isWatch(method, url),
    act: status(503, 'ServiceUnavailable'),
  });
  front.reset();
  await remove(server.client, `${label}-a`);
  await write(server.client, `${label}-b`, '2', label);
  restore();
  front.intervene({ match: isWatch, times: 1, act: status(410, 'Expired') });
  front.reset();
  await has({ [`${label}-b`]: '2' });
  expect(changes).toContain(`deleted ${label}-a=1`);
  expect(reflector.counts.lists).toBeLessThanOrEqual(2);
});

test('after a restart and a compaction (410 as an event) nothing is missed', async () => {
  for (const name of ['a', 'b']) await write(server.client, `${label}-${name}`, '1', label);
  const { has, changes, reflector } = await follow(frontClient());
  await watches(1);
  const restore = front.intervene({ match: () => true, act: (response) => response.destroy() });
  front.reset();
  await remove(server.client, `${label}-a`);
  await write(server.client, `${label}-b`, '2', label);
  await server.killServer();
  await server.startServer();
  await server.compact();
  await write(server.client, `${label}-c`, '1', label);
  restore();
  await has({ [`${label}-b`]: '2', [`${label}-c`]: '1' }, 60_000);
  expect(changes).toContain(`deleted ${label}-a=1`);
  expect(reflector.counts.failures.Expired).toBe(1);
  expect(reflector.counts.lists).toBe(2);
});

test('an API server that is killed and started again is found again, without a request too many', async () => {
  const client = server.connect(`https://127.0.0.1:${server.port}`);
  const { has, reflector } = await follow(client, { maxMs: 2_000 });
  await write(server.client, `${label}-a`, '1', label);
  await has({ [`${label}-a`]: '1' });
  await server.killServer();
  const down = new Mark();
  await down.reach(5_000);
  expect(reflector.counts.watches + reflector.counts.lists).toBeLessThanOrEqual(30);
  await server.startServer();
  await write(server.client, `${label}-a`, '2', label);
  await has({ [`${label}-a`]: '2' });
});

test('a watch that stalls without a byte is given up and goes on over a new connection', async () => {
  const relay = await FaultProxy.start(await freePort(), () => ({ host: '127.0.0.1', port: server.port }));
  stops.push(() => relay.close());
  const { has, reflector } = await follow(server.connect(`https://127.0.0.1:${relay.port}`), {
    idleMs: 3_000,
  });
  await write(server.client, `${label}-a`, '1', label);
  await has({ [`${label}-a`]: '1' });
  relay.blackHole();
  await write(server.client, `${label}-a`, '2', label);
  await eventually('the stall is noticed', () => reflector.counts.failures.Stalled === 1, {
    timeoutMs: 8_000,
  });
  await relay.restore();
  await has({ [`${label}-a`]: '2' });
  expect(reflector.counts.lists).toBe(1);
});

test('429 with Retry-After is honoured by lists and watches', async () => {
  front.intervene({ match: isList, times: 1, act: status(429, 'TooManyRequests', { 'retry-after': '2' }) });
  front.intervene({ match: isWatch, times: 1, act: status(429, 'TooManyRequests', { 'retry-after': '2' }) });
  const { has, reflector } = await follow(frontClient());
  await write(server.client, `${label}-a`, '1', label);
  await has({ [`${label}-a`]: '1' });
  for (const match of [isList, isWatch]) {
    const [first, second] = front.seen
      .filter(({ method, url }) => match(method, url))
      .map(({ atMs }) => atMs);
    expect(second! - first!).toBeGreaterThanOrEqual(1_990);
    expect(second! - first!).toBeLessThanOrEqual(3_500);
  }
  expect(reflector.counts.lists).toBe(1);
});

test('a handler that throws or rejects is counted, and neither ends the watch nor keeps others from hearing', async () => {
  const { reflector, changes, has } = await follow(frontClient());
  reflector.onChange(() => {
    throw new Error('a bug');
  });
  reflector.onChange((() => Promise.reject(new Error('a late bug'))) as () => void);
  await write(server.client, `${label}-a`, '1', label);
  await write(server.client, `${label}-a`, '2', label);
  await has({ [`${label}-a`]: '2' });
  await eventually('both failures of both changes are counted', () => reflector.counts.handlerFailures === 4);
  expect(changes).toHaveLength(2);
  expect(reflector.counts).toMatchObject({ lists: 1, watches: 1 });
});

test('stop ends it during a list that hangs: no watch is opened and no connection stays', async () => {
  const held: ServerResponse[] = [];
  front.intervene({ match: isList, act: (response) => held.push(response) });
  const reflector = new Reflector({ client: frontClient(), resource: CONFIG_MAPS });
  reflector.start();
  await eventually('the list is asked for', () => held.length === 1);
  const mark = new Mark();
  await reflector.stop();
  expect(mark.elapsedMs()).toBeLessThan(1_000);
  await expect(reflector.synced).rejects.toMatchObject({ code: 'STOPPED' });
  await eventually('its connection is closed', () => front.sockets.size === 0);
  expect(front.seen).toHaveLength(1);
});

test('200 watches cut one after another leave no connection and no listener behind', async () => {
  const { has, reflector } = await follow(frontClient(), { firstMs: 1, maxMs: 2 });
  for (let round = 1; round <= 200; round += 1) {
    await watches(round);
    front.reset();
  }
  await write(server.client, `${label}-a`, '1', label);
  await has({ [`${label}-a`]: '1' });
  expect(front.sockets.size).toBeLessThanOrEqual(2);
  expect(reflector.counts.lists).toBe(1);
});
