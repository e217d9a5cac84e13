/** Entry of the agent's thread: wires the agent to its supervisor. */
import { parentPort, workerData } from 'node:worker_threads';
import type { AgentSettings, SupervisorToAgent } from '../supervisor/agent-messages.ts';
import { createLog } from '../supervisor/log.ts';
import { Agent } from './agent.ts';

const STOP_MS = 1_000;

const port = parentPort!;
const settings = workerData as AgentSettings;
const log = createLog(settings.logLevel, settings.instance, 'agent');

// Ends the thread only; the supervisor starts another one, which goes on from what serves.
process.on('uncaughtException', (error) => {
  log.logger.fatal({ err: error }, 'the agent ends by an error that nobody handled');
  log.flush();
  process.exit(1);
});

const agent = new Agent(settings, (message) => port.postMessage(message), log.logger);

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
