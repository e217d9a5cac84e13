import { once } from 'node:events';
import { connect } from 'node:net';
import { SideServer } from './side-server.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const servers: SideServer[] = [];

async function start(address = LOCAL): Promise<SideServer> {
  const server = await SideServer.start(address, (_request, response) => response.end('here'));
  servers.push(server);
  return server;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('it answers at the address that it tells', async () => {
  const { host, port } = (await start()).address;
  expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('here');
});

test('an address in use is said as the system says it', async () => {
  const { address } = await start();
  await expect(start(address)).rejects.toThrow(
    `listen EADDRINUSE: address already in use 127.0.0.1:${address.port}`,
  );
});

test('its end cuts a connection in the middle of a request', async () => {
  const server = await start();
  const socket = connect(server.address.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTT');
  await once(socket, 'data');
  server.close();
  await once(socket, 'close');
  expect(socket.destroyed).toBe(true);
});
