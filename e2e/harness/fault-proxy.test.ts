import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from './eventually.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';

/** The target answers each piece with the same piece. */
let target: Server;
let proxy: FaultProxy;
const clients: Socket[] = [];
const targetSockets = new Set<Socket>();

beforeEach(async () => {
  target = createServer((socket) => {
    targetSockets.add(socket);
    socket.on('close', () => targetSockets.delete(socket));
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  proxy = await FaultProxy.start(await freePort(), () => ({ host: '127.0.0.1', port }));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  for (const socket of targetSockets) socket.destroy();
  target.close();
});

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client);
  await once(client, 'connect');
  return client;
}

async function echoed(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [bytes] = await once(client, 'data');
  return String(bytes);
}

/** What has come on a connection until one opened later on a healthy path would have been answered. */
function listenTo(client: Socket): { data: string; ended: boolean } {
  const heard = { data: '', ended: false };
  client.on('data', (bytes) => {
    heard.data += bytes;
  });
  client.on('close', () => {
    heard.ended = true;
  });
  client.on('error', () => {});
  return heard;
}

test('it relays both ways and counts', async () => {
  const client = await open();
  expect(await echoed(client, 'hello')).toBe('hello');
  expect(proxy.counts).toEqual({ connections: 1, bytesIn: 5, bytesOut: 5 });
});

test('an end of either side reaches the other', async () => {
  const client = await open();
  await echoed(client, 'hello');
  const closed = once(client, 'close');
  for (const socket of targetSockets) socket.destroy();
  await closed;
});

test('a black hole swallows on old and new connections, and closes neither', async () => {
  const old = await open();
  await echoed(old, 'before');
  proxy.blackHole();
  const late = await open();
  const heard = [listenTo(old), listenTo(late)];
  old.write('x');
  late.write('y');
  for (const socket of targetSockets) socket.destroy();
  await eventually('the target has lost its side', () => targetSockets.size === 0);
  await proxy.restore();
  expect(await echoed(await open(), 'after')).toBe('after');
  expect(heard[0]).toEqual({ data: '', ended: false });
  await eventually('what was swallowed is closed, since it was never connected', () => heard[1]!.ended);
});

test('half-open: old connections stay silent for ever, new ones are refused until it is restored', async () => {
  const old = await open();
  await echoed(old, 'before');
  await proxy.halfOpen();
  const heard = listenTo(old);
  old.write('x');
  await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.restore();
  expect(await echoed(await open(), 'after')).toBe('after');
  expect(heard).toEqual({ data: '', ended: false });
});
