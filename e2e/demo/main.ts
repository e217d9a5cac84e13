/** `make demo`: the whole loop on this machine, under load, with things to break; `--script` tells a fixed story and judges it. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { failureLine } from '../harness/account.ts';
import { Stage } from '../harness/stage.ts';
import type { Failure } from '../load/ledger.ts';
import { Display } from './display.ts';
import { followKeys, KEYS } from './keys.ts';
import { tellStory } from './story.ts';
import { verdict } from './verdict.ts';
import { World } from './world.ts';

const { values: settings } = parseArgs({ options: { script: { type: 'boolean', default: false } } });

/** 0: nothing was lost that a kill -9 does not explain. */
async function run(): Promise<number> {
  if (spawnSync('haproxy', ['-v']).error !== undefined) {
    process.stderr.write('HAProxy is missing: apt-get install haproxy\n');
    return 1;
  }
  const display = new Display(process.stdout);
  const stage = new Stage('demo');
  try {
    return await perform(stage, display);
  } catch (error) {
    display.end();
    process.stderr.write(`${(error as Error).message}\n${stage.tails()}\n`);
    return 1;
  } finally {
    await stage.close();
  }
}

async function perform(stage: Stage, display: Display): Promise<number> {
  const say = (text: string) => display.say(text);
  say('starting a control plane, three instances, two backends and HAProxy ...');
  const world = await Promise.race([World.start(stage), interrupted()]);
  if (world === undefined) return 130;
  const interactive = !settings.script && process.stdin.isTTY === true;
  say(`load runs against ${world.balancer.url}${interactive ? `\n${KEYS}` : ''}`);
  const failures: Failure[] = [];
  world.load.onSecond = async (second) => {
    failures.push(...second.failures);
    const soFar = verdict({ failed: second.failed, failures }, world.kills);
    display.show(second, soFar, await world.statuses());
  };
  const played = interactive ? followKeys(world, say) : tellStory(world, say);
  const told = await Promise.race([played.then(() => true), interrupted()]);
  say('the load ends: waiting for the last answers ...');
  const report = await world.load.stop();
  display.end();
  const { lost, lostFailures, killed } = verdict(report, world.kills);
  for (const failure of lostFailures) say(failureLine(failure));
  say(`${report.sent} requests, ${report.ok} answered, p99 ${report.latency.p99} ms, lost ${lost}`);
  if (killed.length > 0) say(`${killed.length} more were in flight on an instance when it was killed:`);
  for (const failure of killed) say(failureLine(failure));
  // An interrupted story has shown nothing.
  if (settings.script && !told) return 130;
  return lost === 0 && report.inFlight === 0 && report.ok > 0 ? 0 : 1;
}

/** Resolves when a person or a supervisor asks for the end, so that everything is cleaned up. */
function interrupted(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined));
  });
}

// A key press listener would keep the process; everything that counts has ended by then.
process.exit(await run());
