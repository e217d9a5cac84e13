/** The entry of a worker process: lives and dies with the supervisor's channel. */
import pino from 'pino';
import { createAccessLog } from '../proxy/access-log.ts';
import { createNodeHttpEngine } from '../proxy/node-http-engine.ts';
import { GatewayBuilder } from '../routing/gateway.ts';
import type {
  SupervisorToWorker,
  WorkerSettings,
  WorkerToSupervisor,
} from '../supervisor/worker-messages.ts';
import { TargetRegistry } from '../upstreams/target-registry.ts';
import { Worker } from './worker.ts';

const STDOUT = 1;
const accessLog = createAccessLog(STDOUT);
let log = pino({ base: { program: 'worker' } });
let worker: Worker | undefined;

// The supervisor decides when a worker ends: a signal to the whole process group must not cut requests off (I4).
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
// A worker without its supervisor would keep the ports of an instance that is dead.
process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the worker fails and is replaced');
  accessLog.close();
  process.exit(1);
});

process.on('message', (message: SupervisorToWorker) => {
  switch (message.type) {
    case 'start':
      start(message.settings);
      break;
    case 'stop':
      void stop(message.spreadMs);
      break;
    default:
      worker?.receive(message);
  }
});

function start({ worker: number, instance, listeners, logLevel }: WorkerSettings): void {
  log = pino({ level: logLevel, base: { instance, program: 'worker', worker: number } });
  const targets = new TargetRegistry();
  worker = new Worker({
    listeners,
    builder: new GatewayBuilder(targets),
    createEngine: (gateway) => createNodeHttpEngine({ instance, gateway, targets, log, accessLog }),
    send,
    log,
  });
  send({ type: 'started' });
}

async function stop(spreadMs: number): Promise<void> {
  await worker?.stop(spreadMs);
  accessLog.close();
  process.exit(0);
}

/** What can't be sent is lost with the channel, whose end ends this process. */
function send(message: WorkerToSupervisor): void {
  process.send?.(message, undefined, undefined, () => {});
}
