/** The keys of the interactive demo. */
import { emitKeypressEvents } from 'node:readline';
import type { World } from './world.ts';

export const KEYS =
  'keys: c kill or restore the control plane | 1 2 3 kill or restore an instance | g drain or start instance-1 | e edit | q quit';

type Action = (world: World, say: (text: string) => void) => Promise<void>;

const ACTIONS: Record<string, Action> = {
  c: async (world, say) => {
    say(world.controlPlaneRuns ? '> the control plane is killed' : '> the control plane starts again');
    await (world.controlPlaneRuns ? world.killControlPlane() : world.startControlPlane());
  },
  1: (world, say) => toggle(world, say, 1),
  2: (world, say) => toggle(world, say, 2),
  3: (world, say) => toggle(world, say, 3),
  g: async (world, say) => {
    if (!world.instances[0]!.running) return await toggle(world, say, 1);
    say('> instance-1 is told to end and drains');
    say(`> instance-1 has ended with ${await world.drainInstance(1)}`);
  },
  e: async (world, say) => {
    world.edit();
    say(`> the configuration is edited: ${world.edits}`);
  },
};

async function toggle(world: World, say: (text: string) => void, number: number): Promise<void> {
  if (world.instances[number - 1]!.running) {
    say(`> instance-${number} is killed`);
    await world.killInstance(number);
  } else {
    say(`> instance-${number} starts again`);
    await world.startInstance(number);
  }
}

/** Resolves on q or Ctrl-C. An action under way makes its key wait: the same thing is never killed and started at once. */
export function followKeys(world: World, say: (text: string) => void): Promise<void> {
  const busy = new Set<string>();
  const act = async (key: string) => {
    const action = ACTIONS[key];
    const subject = key === 'g' ? '1' : key;
    if (action === undefined || busy.has(subject)) return;
    busy.add(subject);
    await action(world, say).catch((error: Error) => say(`! ${error.message}`));
    busy.delete(subject);
  };
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  return new Promise((resolve) => {
    process.stdin.on('keypress', (_text, key: { name?: string; ctrl?: boolean; sequence: string }) => {
      if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) resolve();
      else void act(key.name ?? key.sequence);
    });
  });
}
