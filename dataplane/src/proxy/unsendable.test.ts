import type { Route } from '@holdfast/protocol/configuration/types.ts';
import { closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';
import { connectRaw, listenRaw } from './fixtures/raw-peer.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  /** No such value passes the validation of a configuration; one that did must cost requests and not the worker. */
  const UNSENDABLE: Partial<Route> = {
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X', value: '€' }] } }],
  };

  test.each([
    ['request', ''],
    ['upgrade', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  ])('a %s that node:http refuses to send is answered', async (_kind, fields) => {
    const upstream = await listenRaw();
    const { port, entries } = await startProxyTo(engineName, [upstream.port], UNSENDABLE);
    const client = await connectRaw(port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    expect(await client.takeHead()).toMatch(/^HTTP\/1\.1 500 [\s\S]*Holdfast-Reason: InternalError\r\n/);
    client.socket.end();
    expect(await entries(1)).toMatchObject([{ status: 500, reason: 'InternalError' }]);
  });

  test('the path of an upgrade goes over as it is', async () => {
    const upstream = await listenRaw();
    const { port } = await startProxyTo(engineName, [upstream.port]);
    const client = await connectRaw(port);
    client.send(
      'GET /to/http:/x?y=?&z=a//b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    const backend = await upstream.accept();
    expect(await backend.takeHead()).toMatch(/^GET \/to\/http:\/x\?y=\?&z=a\/\/b HTTP\/1\.1\r\n/);
  });
});
