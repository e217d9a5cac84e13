import type { SideServer } from '@holdfast/program/server/side-server.ts';
import { startStatusServer } from './status-server.ts';

const STATUS = { version: '0.1.0', ready: true, leading: false, leader: 'other' };
const LOCAL = { host: '127.0.0.1', port: 0 };
const servers: SideServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function start(status = STATUS): Promise<string> {
  const metrics = async () => ({ contentType: 'text/plain', text: 'a 1\n' });
  const server = await startStatusServer(LOCAL, { status: () => status, metrics });
  servers.push(server);
  return `http://127.0.0.1:${server.address.port}`;
}

test('a standby is ready as a leader is', async () => {
  const answer = await fetch(`${await start()}/status/ready`);
  expect([answer.status, await answer.json()]).toEqual([200, STATUS]);
});

test('before everything is listed it is live and not ready', async () => {
  const url = await start({ ...STATUS, ready: false });
  expect((await fetch(`${url}/status`)).status).toBe(200);
  expect((await fetch(`${url}/status/ready`)).status).toBe(503);
});

test('an address that cannot be bound is said in one line', async () => {
  const port = Number(new URL(await start()).port);
  const again = startStatusServer(
    { ...LOCAL, port },
    { status: () => STATUS, metrics: async () => ({ contentType: '', text: '' }) },
  );
  await expect(again).rejects.toMatchObject({
    code: 'STATUS_NOT_BOUND',
    exitCode: 1,
    message: expect.stringMatching(/^--status 127\.0\.0\.1:\d+: .*EADDRINUSE/),
  });
});
