import { connect } from 'node:net';
import { atTestEnd, closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';

afterEach(closeAll);

describe.each(ENGINES)('on %s', (engineName) => {
  /** More than Node's own bound of 511, and what comes above a bound waits a second for TCP's next try. */
  const BURST = 1_000;
  const NEXT_TRY_MS = 1_000;

  test('connections that come all at once wait in the queue of the listener', async () => {
    const { port } = await startProxyTo(engineName, []);
    const from = performance.now();
    await Promise.all(
      Array.from({ length: BURST }, () => {
        const socket = connect({ port, host: '127.0.0.1' });
        atTestEnd(() => socket.destroy());
        return new Promise((resolve, reject) => {
          socket.once('connect', resolve);
          socket.once('error', reject);
        });
      }),
    );
    expect(performance.now() - from).toBeLessThan(NEXT_TRY_MS);
  });
});
