import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { createAccessLog } from '../proxy/access-log.ts';
import { createTcpEngine } from '../proxy/tcp-engine.ts';
import { GatewayBuilder } from '../routing/gateway.ts';
import type { WorkerToSupervisor } from '../supervisor/worker-messages.ts';
import { TargetRegistry } from '../upstreams/target-registry.ts';
import { Worker } from './worker.ts';

test('it ends when the channel has taken its last sample, for what is not taken is counted nowhere', async () => {
  const targets = new TargetRegistry();
  const log = pino({ level: 'silent' });
  const accessLog = createAccessLog({ write: () => {} });
  const engine = createTcpEngine({ instance: 'a', gateway: () => undefined, targets, log, accessLog });
  const asked = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let hasExited = false;
  const worker = new Worker({
    listeners: [],
    builder: new GatewayBuilder(targets),
    targets,
    engine,
    log,
    send: ({ type }: WorkerToSupervisor) => {
      if (type === 'metrics') asked.resolve();
      return taken.promise;
    },
    publish: () => {},
    exit: () => {
      hasExited = true;
      exited.resolve();
    },
    fail: exited.reject,
  });
  worker.handle({ type: 'stop', spreadMs: 0 });
  await asked.promise;
  await turn();
  expect(hasExited).toBe(false);
  taken.resolve();
  await exited.promise;
});
