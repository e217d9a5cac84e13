import { SideServer } from './side-server.ts';
import { statusRoutes } from './status-routes.ts';

let document: { healthy?: boolean; ready: boolean };
let server: SideServer;
let url: string;

beforeAll(async () => {
  const source = {
    status: () => document,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
  };
  server = await SideServer.start({ host: '127.0.0.1', port: 0 }, statusRoutes(source));
  url = `http://127.0.0.1:${server.address.port}`;
});

afterAll(() => server.close());

test.each([
  ['/status', { ready: false }, 200],
  ['/status', { healthy: true, ready: false }, 200],
  ['/status', { healthy: false, ready: true }, 503],
  ['/status/ready', { ready: true }, 200],
  ['/status/ready', { ready: false }, 503],
])('%s with %j answers %i and the document', async (path, given, status) => {
  document = given;
  const response = await fetch(url + path);
  expect([response.status, await response.json()]).toEqual([status, given]);
  expect(response.headers.get('content-type')).toMatch('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.has('x-powered-by')).toBe(false);
});

test('HEAD answers as GET without a body', async () => {
  document = { ready: false };
  const response = await fetch(`${url}/status/ready`, { method: 'HEAD' });
  expect(response.status).toBe(503);
  expect(await response.text()).toBe('');
});

test('/metrics has the content type of Prometheus', async () => {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toMatch('text/plain; version=0.0.4');
  expect(await response.text()).toBe('a 1\n');
});

test.each([
  ['GET', '/nowhere', 404],
  ['GET', '/status/%ff', 404],
  ['POST', '/status', 405],
  ['DELETE', '/metrics', 405],
])('%s %s is %i with a JSON body', async (method, path, status) => {
  const response = await fetch(url + path, { method });
  expect(response.status).toBe(status);
  expect(await response.json()).toHaveProperty('error');
});
