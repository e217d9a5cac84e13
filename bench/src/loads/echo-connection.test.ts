import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { EchoConnection, MESSAGE_BYTES } from './echo-connection.ts';

let server: WebSocketServer;
let connection: EchoConnection | undefined;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
});

afterEach(() => {
  connection?.close();
  for (const client of server.clients) client.terminate();
  server.close();
});

async function open(): Promise<EchoConnection> {
  connection = await EchoConnection.open((server.address() as AddressInfo).port, '/');
  return connection;
}

test('what it sends is a message, and an exchange ends with its echo', async () => {
  const messages: string[] = [];
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      messages.push(String(data));
      socket.send(data);
    });
  });
  const echo = await open();
  await echo.exchange();
  await echo.exchange();
  expect(messages).toEqual(Array.from({ length: 2 }, () => 'x'.repeat(MESSAGE_BYTES)));
});

test('a connection that is ended in an exchange fails it', async () => {
  server.on('connection', (socket) => socket.once('message', () => socket.terminate()));
  await expect((await open()).exchange()).rejects.toThrow('a WebSocket was ended');
});
