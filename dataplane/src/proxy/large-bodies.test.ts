import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request } from 'node:http';
import { atTestEnd, closeAll } from './fixtures/cleanup.ts';
import { ENGINES, startProxyTo } from './fixtures/engine-under-test.ts';

afterEach(closeAll);

/** Not a multiple of anything that is read or written at once. */
const BODY = randomBytes(5_000_011);
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function echoServer(counted: boolean): Promise<number> {
  const server = createServer(async (incoming, response) => {
    const body = await bodyOf(incoming);
    if (counted) response.setHeader('Content-Length', body.length);
    for (let at = 0; at < body.length; at += 700_001) response.write(body.subarray(at, at + 700_001));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTestEnd(() => server.close());
  return (server.address() as { port: number }).port;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}

function post(port: number, counted: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = counted ? { 'Content-Length': BODY.length } : { 'Transfer-Encoding': 'chunked' };
    const sent = request({ port, method: 'POST', headers, agent: false }, (response) =>
      bodyOf(response).then(resolve, reject),
    );
    sent.once('error', reject);
    for (let at = 0; at < BODY.length; at += 333_337) sent.write(BODY.subarray(at, at + 333_337));
    sent.end();
  });
}

describe.each(ENGINES)('on %s', (engineName) => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('5 MB go over and come back byte for byte (counted: %s and %s)', async (counted, backCounted) => {
    const { port } = await startProxyTo(engineName, [await echoServer(backCounted)]);
    const bodies = await Promise.all(Array.from({ length: 4 }, () => post(port, counted)));
    for (const body of bodies) expect(digest(body)).toBe(digest(BODY));
  });
});
