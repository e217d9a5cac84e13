import { StartError } from '@holdfast/program/errors.ts';
import type { SideServer } from '@holdfast/program/server/side-server.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { startStatusApi } from './status-api.ts';

const DOCUMENT = { instance: 'edge-1', healthy: true, ready: true } as StatusDocument;

let document = DOCUMENT;
let api: SideServer;
let url: string;

beforeAll(async () => {
  api = await startStatusApi(
    { host: '127.0.0.1', port: 0 },
    {
      status: () => document,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
    },
  );
  url = `http://127.0.0.1:${api.address.port}`;
});

afterAll(() => api.close());

test.each([
  ['/status', true, true, 200],
  ['/status', true, false, 200],
  ['/status', false, false, 503],
  ['/status/ready', true, true, 200],
  ['/status/ready', true, false, 503],
])(
  'I2: %s with healthy %s and ready %s answers %i and the document',
  async (path, healthy, ready, status) => {
    document = { ...DOCUMENT, healthy, ready };
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(document);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has('x-powered-by')).toBe(false);
  },
);

test('an address in use is one line that names it', async () => {
  const again = startStatusApi(api.address, {
    status: () => document,
    metrics: async () => ({ contentType: '', text: '' }),
  });
  await expect(again).rejects.toThrow(StartError);
  await expect(again).rejects.toThrow(
    `status API on 127.0.0.1:${api.address.port} cannot be bound: listen EADDRINUSE`,
  );
});
