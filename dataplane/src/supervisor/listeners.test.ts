import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { StartError } from '@holdfast/program/errors.ts';
import { Listeners } from './listeners.ts';

test('a listener is bound with a real port, and refuses connections until a worker listens', async () => {
  const listeners = new Listeners([{ name: 'http', host: '127.0.0.1', port: 0 }]);
  const { port, fd } = listeners.bound[0]!;
  expect(port).toBeGreaterThan(0);
  expect(fd).toBeGreaterThan(2);
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  expect(error.code).toBe('ECONNREFUSED');
  listeners.close();
});

test('an address in use is one line that names the listener, and what was bound before is released', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const taken = (occupant.address() as { port: number }).port;
  const free = new Listeners([{ name: 'probe', host: '127.0.0.1', port: 0 }]);
  const other = free.bound[0]!.port;
  free.close();
  const bind = () =>
    new Listeners([
      { name: 'http', host: '127.0.0.1', port: other },
      { name: 'admin', host: '127.0.0.1', port: taken },
    ]);
  expect(bind).toThrow(StartError);
  expect(bind).toThrow(`listener admin on 127.0.0.1:${taken} cannot be bound`);
  expect(bind).not.toThrow('listener http');
  occupant.close();
});
