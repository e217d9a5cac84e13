import type { AgentSettings, AgentToSupervisor } from './agent-messages.ts';
import { AgentThread } from './agent-thread.ts';

const PROGRAM = new URL('./fixtures/agent.ts', import.meta.url);
const SETTINGS = {
  instance: 'a',
  dataPlane: 'default/edge',
  version: '1.0.0',
  schemaLevel: 2,
  logLevel: 'silent',
};
const REVISION = { lineage: 'fixture', sequence: 1, hash: 'sha256:1' };

let agent: AgentThread;

afterEach(() => agent.stop());

/** Runs until the agent has died and its replacement speaks; answers each revision with `served`. */
function deathAndReturn(path: string): Promise<{ error: Error | undefined; first: AgentToSupervisor }> {
  return new Promise((resolve) => {
    let death: { error: Error | undefined } | undefined;
    const settings = (): AgentSettings => ({ ...SETTINGS, controlPlanes: [`ws://127.0.0.1:1${path}`] });
    agent = new AgentThread(
      { program: PROGRAM, heapMegabytes: 64, settings, lookMs: 50 },
      {
        onMessage: (message) => {
          if (death !== undefined) resolve({ ...death, first: message });
          else if (message.type === 'apply') agent.post({ type: 'served', revision: REVISION });
        },
        onDeath: (error) => {
          death = { error };
        },
      },
    );
    agent.start();
  });
}

test('an agent that throws is started again, and its error is told', async () => {
  const { error, first } = await deathAndReturn('/dying');
  expect(error?.message).toBe('told to die');
  expect(first.type).toBe('controlPlane');
});

test('an agent that is stuck is ended and started again', async () => {
  const { error } = await deathAndReturn('/stuck');
  expect(error?.message).toBe('the agent said nothing for too long');
}, 15_000);

test('an agent that is stuck is stopped by force', async () => {
  agent = new AgentThread(
    {
      program: PROGRAM,
      heapMegabytes: 64,
      settings: () => ({ ...SETTINGS, controlPlanes: ['ws://127.0.0.1:1/stuck'] }),
    },
    { onMessage: () => {}, onDeath: () => {} },
  );
  agent.start();
  agent.post({ type: 'served', revision: REVISION });
  await agent.stop();
  expect(agent.running).toBe(false);
}, 15_000);
