import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { KeptSockets } from './kept-sockets.ts';

let server: Server | undefined;
const clients = new Set<Socket>();

async function serve(status: number): Promise<{ name: string; port: number }> {
  server = createServer((socket) => {
    clients.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { name: 'the contender', port: (server.address() as AddressInfo).port };
}

afterEach(() => {
  for (const client of clients) client.destroy();
  clients.clear();
  server?.close();
});

test('every connection makes its request and stays open', async () => {
  const sockets = await KeptSockets.open(await serve(200), '/', 150);
  expect(clients.size).toBe(150);
  expect(() => sockets.check()).not.toThrow();
  sockets.close();
});

test('one that the other side closes is no idle connection', async () => {
  const sockets = await KeptSockets.open(await serve(200), '/', 3);
  const [first] = clients;
  first!.end();
  await eventually('it is noticed', () => {
    try {
      sockets.check();
      return false;
    } catch (error) {
      expect((error as Error).message).toBe('the contender closed 1 of 3 idle connections');
      return true;
    }
  });
  sockets.close();
});

test('an answer other than 200 fails', async () => {
  await expect(KeptSockets.open(await serve(503), '/', 1)).rejects.toThrow('the contender does not answer');
});
