import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { TargetRegistry } from '../../upstreams/target-registry.ts';
import { atTestEnd, closeAll } from '../fixtures/cleanup.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { UpstreamPool } from './upstream-pool.ts';

afterEach(closeAll);

test('what can not be sent twice never goes on a connection that has just ended', async () => {
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTestEnd(() => server.close());
  const { port } = server.address() as { port: number };
  const pool = new UpstreamPool(DEFAULT_LIMITS);
  atTestEnd(() => pool.destroy());
  const registry = new TargetRegistry();
  const target = registry.target(registry.upstream('app'), { address: '127.0.0.1', port });
  const post = async () => {
    const sent = request({ agent: pool.agentFor(target, false), host: target.address, port, method: 'POST' });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
  };
  await Promise.all([post(), post()]);
  await new Promise((resolve) => setImmediate(resolve));
  const kept = Object.values(pool.freeSockets).flat();
  expect(kept).toHaveLength(2);
  kept.at(-1)?.destroy();
  await post();
});
