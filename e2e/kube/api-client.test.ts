/** What the client makes of slow, busy and forgetful servers, against a real API server. */
import type { ServerResponse } from 'node:http';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { KubeError } from '@holdfast/kube/errors.ts';
import { jest } from '@jest/globals';
import { eventually, Mark } from '../harness/eventually.ts';
import { FaultProxy } from '../harness/fault-proxy.ts';
import { freePort } from '../harness/free-port.ts';
import { ApiServer } from './api-server.ts';
import { CONFIG_MAPS, configMap, NAMESPACE, write } from './config-maps.ts';
import { HttpFront, isList, status } from './http-front.ts';

jest.setTimeout(120_000);

const OPTIONS = { fieldManager: 'e2e' };
let server: ApiServer;
let front: HttpFront;
let client: ApiClient;

beforeAll(async () => {
  server = await ApiServer.start();
});
beforeEach(async () => {
  front = await HttpFront.start(server.port);
  client = server.connect(front.url);
  for (const { metadata } of (await server.client.list(CONFIG_MAPS, { namespace: NAMESPACE })).items) {
    await server.client.delete(CONFIG_MAPS, metadata);
  }
});
afterEach(() => front.close());
afterAll(() => server.close());

const name = (of: string) => ({ namespace: NAMESPACE, name: of });

test('each failure of the server has its reason', async () => {
  await expect(client.get(CONFIG_MAPS, name('none'))).rejects.toMatchObject({
    reason: 'NotFound',
    status: 404,
  });
  expect(await client.find(CONFIG_MAPS, name('none'))).toBeUndefined();
  const created = await client.create(CONFIG_MAPS, configMap('a', {}), OPTIONS);
  await expect(client.create(CONFIG_MAPS, configMap('a', {}), OPTIONS)).rejects.toMatchObject({
    reason: 'AlreadyExists',
  });
  await client.replace(CONFIG_MAPS, { ...created, data: { b: 'c' } }, OPTIONS);
  await expect(client.replace(CONFIG_MAPS, created, OPTIONS)).rejects.toMatchObject({ reason: 'Conflict' });
  const invalid = { ...configMap('b', {}), data: { 'not a key!': '' } };
  const refused = client.create(CONFIG_MAPS, invalid, OPTIONS);
  await expect(refused).rejects.toMatchObject({ reason: 'Invalid', causes: [{ field: 'data[not a key!]' }] });
  const unknown = { ...configMap('c', {}), extra: 1 };
  const strict = client.create(CONFIG_MAPS, unknown, { ...OPTIONS, fieldValidation: 'Strict', dryRun: true });
  await expect(strict).rejects.toMatchObject({ reason: 'BadRequest' });
  const theirs = { preconditions: { uid: 'of-another' } };
  await expect(client.delete(CONFIG_MAPS, name('a'), theirs)).rejects.toMatchObject({ reason: 'Conflict' });
  expect(await client.raw('/readyz')).toBe('ok');
});

test('a field that nobody here knows comes through unchanged', async () => {
  const object = configMap('a', { 'x.json': '{"deep": [1]}' });
  await client.apply(CONFIG_MAPS, object, OPTIONS);
  expect(await client.get(CONFIG_MAPS, name('a'))).toMatchObject({
    data: object.data,
    metadata: { uid: expect.any(String) },
  });
});

test('requests one after another share their connections', async () => {
  const relay = await FaultProxy.start(await freePort(), () => ({ host: '127.0.0.1', port: server.port }));
  const direct = server.connect(`https://127.0.0.1:${relay.port}`);
  for (let i = 0; i < 30; i += 1) await direct.raw('/livez');
  const { connections } = relay.counts;
  await relay.close();
  // A second one where a request comes before the pool has noticed the end of the one before.
  expect(connections).toBeLessThanOrEqual(2);
});

test('pages that were compacted away meanwhile are read again as one', async () => {
  for (const each of ['a', 'b', 'c']) await write(server.client, each, '1', 'paged');
  front.intervene({ match: (_, url) => url.includes('continue='), times: 1, act: status(410, 'Expired') });
  const { items } = await client.list(CONFIG_MAPS, {
    namespace: NAMESPACE,
    labelSelector: 'test=paged',
    pageSize: 2,
  });
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
  expect(front.seen.at(-1)!.url).not.toContain('limit=');
});

test('a busy server is tried again when it said so, and no more often than allowed', async () => {
  front.intervene({ match: isList, times: 2, act: status(429, 'TooManyRequests', { 'retry-after': '1' }) });
  const mark = new Mark();
  await client.list(CONFIG_MAPS);
  expect(mark.elapsedMs()).toBeGreaterThanOrEqual(1_990);
  front.intervene({ match: isList, act: status(503, 'ServiceUnavailable', { 'retry-after': '0' }) });
  const before = front.seen.length;
  await expect(client.list(CONFIG_MAPS)).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
  expect(front.seen.length - before).toBe(4);
});

test.each([
  ['never begins', () => {}],
  ['never ends', (response: ServerResponse) => response.writeHead(200).write('{')],
])('an answer that %s is given up in time', async (_, act) => {
  front.intervene({ match: () => true, act: (response) => void act(response) });
  const mark = new Mark();
  await expect(client.get(CONFIG_MAPS, name('a'), { timeoutMs: 300 })).rejects.toMatchObject({
    reason: 'TimedOut',
  });
  expect(mark.elapsedMs()).toBeLessThan(1_500);
  await eventually('its connection is closed', () => front.sockets.size === 0);
});

test('a signal ends a request, also one that waits to be tried again', async () => {
  front.intervene({ match: () => true, act: status(429, 'TooManyRequests', { 'retry-after': '9' }) });
  const stop = new AbortController();
  const asked = client.get(CONFIG_MAPS, name('a'), { signal: stop.signal });
  await eventually('it is asked', () => front.seen.length === 1);
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
  expect(front.seen).toHaveLength(1);
});

test('a fence that does not hold keeps writes back, also the second try of one, and lets reads through', async () => {
  let leads = true;
  const assertLeading = () => {
    if (!leads) throw new KubeError('NOT_LEADING', 'lost');
  };
  const fenced = client.fenced({ assertLeading, signal: new AbortController().signal });
  await fenced.apply(CONFIG_MAPS, configMap('a', {}), OPTIONS);
  front.intervene({
    match: (method) => method === 'PATCH',
    act: (response) => {
      leads = false;
      status(429, 'TooManyRequests', { 'retry-after': '0' })(response);
    },
  });
  const writes = () => front.count(({ method }) => method !== 'GET');
  const before = writes();
  await expect(fenced.apply(CONFIG_MAPS, configMap('a', {}), OPTIONS)).rejects.toMatchObject({
    code: 'NOT_LEADING',
  });
  expect(writes() - before).toBe(1);
  await expect(fenced.delete(CONFIG_MAPS, name('a'))).rejects.toMatchObject({ code: 'NOT_LEADING' });
  await expect(fenced.create(CONFIG_MAPS, configMap('b', {}), OPTIONS)).rejects.toMatchObject({
    code: 'NOT_LEADING',
  });
  expect(writes() - before).toBe(1);
  await fenced.get(CONFIG_MAPS, name('a'));
});

test('a server that refuses connections is unreachable, not a bug', async () => {
  const nobody = server.connect(`https://127.0.0.1:${await freePort()}`);
  await expect(nobody.raw('/readyz')).rejects.toMatchObject({ name: 'ApiError', reason: 'Unreachable' });
});
