/** The fixed story of `--script`: what fails, what comes back, and that nothing notices. */
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './world.ts';

/** Between two events, so that each of them can be seen in the figures. */
const PAUSE_MS = 1_500;

/** Tells each event before it happens; rejects when something does not come back in time. */
export async function tellStory(world: World, say: (text: string) => void): Promise<void> {
  const event = async (text: string, happen: () => Promise<unknown>) => {
    await delay(PAUSE_MS);
    say(`> ${text}`);
    await happen();
  };
  await event('the control plane is killed (kill -9)', () => world.killControlPlane());
  await event('the configuration is edited: nobody is there to publish it', async () => world.edit());
  await event('instance-2 is killed (kill -9)', () => world.killInstance(2));
  await event('instance-2 starts again: no control plane, so it serves from its disk cache', () =>
    world.startInstance(2),
  );
  await event('instance-1 is told to end (SIGTERM) and drains', async () => {
    const code = await world.drainInstance(1);
    if (code !== 0) throw new Error(`instance-1 ended with ${code}`);
  });
  await event('instance-1 starts again', () => world.startInstance(1));
  await event('the control plane comes back and publishes the edit', async () => {
    await world.startControlPlane();
    await world.editServes();
  });
  await event('the configuration is edited once more', async () => {
    world.edit();
    await world.editServes();
  });
  await delay(PAUSE_MS);
}
