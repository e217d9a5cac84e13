/** The process of a worker: it accepts and forwards, and does what its supervisor says over IPC. */
import pino, { type Logger } from 'pino';
import { createAccessLog } from '../proxy/access-log.ts';
import { createTcpEngine } from '../proxy/tcp-engine.ts';
import { type Gateway, GatewayBuilder } from '../routing/gateway.ts';
import type {
  SupervisorToWorker,
  WorkerSettings,
  WorkerToSupervisor,
} from '../supervisor/worker-messages.ts';
import { TargetRegistry } from '../upstreams/target-registry.ts';
import { createLogOutput, type LogOutput } from './log-output.ts';
import { Worker } from './worker.ts';

const STDOUT = 1;

// A signal to the whole process group must not cut what is in flight: the supervisor decides when a worker ends.
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
// Nobody is to stay on the ports of a supervisor that was killed.
process.on('disconnect', () => process.exit(1));

if (process.send === undefined) {
  process.stderr.write('a worker is started by its supervisor only\n');
  process.exit(2);
}

let worker: Worker | undefined;
process.on('message', (message: SupervisorToWorker) => {
  if (message.type === 'start') worker ??= start(message.settings);
  else worker?.handle(message);
});

function start(settings: WorkerSettings): Worker {
  const output = createLogOutput(STDOUT);
  const { instance, worker: number, workers, logLevel, listeners } = settings;
  const log = pino({ level: logLevel, base: { instance, program: 'worker', worker: number } }, output.stream);
  const fail = (error: unknown): void => failWith(error, log, output);
  process.on('uncaughtException', fail);
  logWarnings(log);

  const targets = new TargetRegistry({
    workers,
    onEjected: ({ upstream, key }) => void send({ type: 'ejected', backend: upstream.name, endpoint: key }),
  });
  let gateway: Gateway | undefined;
  const engine = createTcpEngine({
    instance,
    gateway: () => gateway,
    targets,
    log,
    accessLog: createAccessLog(output.stream),
  });
  const started = new Worker({
    listeners,
    builder: new GatewayBuilder(targets),
    targets,
    engine,
    log,
    send,
    publish: (next) => {
      gateway = next;
    },
    exit: () => {
      output.close();
      process.exit(0);
    },
    fail,
  });
  started.start();
  return started;
}

/** A supervisor that can't be told has gone, and 'disconnect' ends the process. */
function send(message: WorkerToSupervisor): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}

/** The state is not to be trusted any more; the supervisor starts another worker. */
function failWith(error: unknown, log: Logger, output: LogOutput): never {
  log.fatal({ err: error }, 'the worker ends');
  output.close();
  process.exit(1);
}

/** Node's own warnings are lines of text, http-proxy's use of an old function among them; ours are JSON. */
function logWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    log[warning.name === 'DeprecationWarning' ? 'debug' : 'warn']({ warning: warning.message }, warning.name);
  });
}
