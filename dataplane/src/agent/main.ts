/** Entry of the agent's thread: wires the agent to its supervisor. */
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { AgentSettings, SupervisorToAgent } from '../supervisor/agent-messages.ts';
import { Agent } from './agent.ts';

const STOP_MS = 1_000;
const FLUSH_MS = 500;
/** Whoever reads the log may stop reading: beyond this, lines are dropped, and the stream is not held up. */
const LOG_BUFFER_BYTES = 1024 * 1024;

const port = parentPort!;
const settings = workerData as AgentSettings;
const log = pino(
  { level: settings.logLevel, base: { instance: settings.instance, program: 'agent' } },
  pino.destination({ dest: 1, sync: false, maxLength: LOG_BUFFER_BYTES }),
);

// Ends the thread only; the supervisor starts another one, which goes on from what serves.
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the agent ends by an error that nobody handled');
  setTimeout(() => process.exit(1), FLUSH_MS);
  log.flush(() => process.exit(1));
});

const agent = new Agent(settings, (message) => port.postMessage(message), log);

port.on('message', (message: SupervisorToAgent) => {
  if (message.type === 'stop') void stop();
  else agent.receive(message);
});
agent.start();

async function stop(): Promise<void> {
  // A call into a disk that hangs keeps a thread from ending by itself.
  setTimeout(() => process.exit(0), STOP_MS).unref();
  await agent.stop();
  port.close();
}
