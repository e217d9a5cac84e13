import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { BufferPool } from './buffer-pool.ts';
import { atTestEnd, closeAll } from './fixtures/cleanup.ts';
import { BLOCK_BYTES, FlatWriter } from './flat-writer.ts';

afterEach(closeAll);

async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ highWaterMark: 16 * 1024 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTestEnd(() => server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [served] = (await once(server, 'connection')) as [Socket];
  atTestEnd(() => [client, served].map((socket) => socket.destroy()));
  return [served, client];
}

test('texts and bytes of any length arrive as they were given, in order, whatever the bytes become after the call', async () => {
  const [from, to] = await socketPair();
  const received: Buffer[] = [];
  to.on('data', (piece: Buffer) => received.push(piece));
  to.pause();
  const out = new FlatWriter(from, new BufferPool(BLOCK_BYTES));
  const expected: Buffer[] = [];
  for (let round = 0; round < 400; round++) {
    const length = Math.floor(Math.random() ** 3 * 120_000);
    if (round % 3 === 0) {
      const text = String(round).padEnd(length % 40_000, '\xe9');
      out.text(text);
      expected.push(Buffer.from(text, 'latin1'));
    } else {
      const bytes = randomBytes(length);
      expected.push(Buffer.from(bytes));
      out.bytes(bytes, 0, length, round % 2 === 0);
      if (round % 2 !== 0) bytes.fill(0);
    }
    if (round % 4 === 0) out.flush();
  }
  out.flush();
  from.end();
  to.resume();
  await once(to, 'end');
  expect(Buffer.concat(received).equals(Buffer.concat(expected))).toBe(true);
});
