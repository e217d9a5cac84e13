/** `make bench`: measures ours beside what the field uses, prints the figures, and writes `bench/RESULTS.md` after a whole run. */
import { writeFileSync } from 'node:fs';
import { repositoryPath, workDirectory } from '@holdfast/e2e/harness/paths.ts';
import { BenchError } from './errors.ts';
import { configurationChanges } from './loads/configuration-changes.ts';
import { freshConnections } from './loads/fresh-connections.ts';
import { idleConnections } from './loads/idle-connections.ts';
import { insides } from './loads/insides.ts';
import { keepAlive } from './loads/keep-alive.ts';
import { bodies1m, bodies64k } from './loads/large-bodies.ts';
import { manyRoutes } from './loads/many-routes.ts';
import { openLoop } from './loads/open-loop.ts';
import type { Bench } from './loads/stage.ts';
import { webSocketEcho } from './loads/websocket.ts';
import { othersShare } from './machine/activity.ts';
import { takeCores } from './machine/cores.ts';
import { describeMachine } from './machine/description.ts';
import type { LoadReport } from './report/load-report.ts';
import { renderFigures, renderLoad, renderReport } from './report/markdown.ts';
import { Progress } from './report/progress.ts';
import { percent } from './report/quantities.ts';

const LOADS: Record<string, (bench: Bench) => Promise<LoadReport>> = {
  'keep-alive': keepAlive,
  'open-loop': openLoop,
  '64k': bodies64k,
  '1m': bodies1m,
  'fresh-connections': freshConnections,
  websocket: webSocketEcho,
  'many-routes': manyRoutes,
  changes: configurationChanges,
  idle: idleConnections,
  insides,
};
const QUICK_LOADS = ['keep-alive'];
const FAILED = 1;
const QUIET_SHARE = 0.05;
const RESULTS = repositoryPath('bench/RESULTS.md');

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  process.exit(await run(process.env.QUICK === '1', process.env.LOADS));
} catch (error) {
  process.exit(say(error));
}

/** `only`: names of loads, with commas between; undefined: all, or those of a quick run. Returns the exit code. */
async function run(quick: boolean, only: string | undefined): Promise<number> {
  const names = namesOfLoads(quick, only);
  const cores = takeCores();
  const progress = new Progress(process.stderr);
  const bench = { cores, directory: workDirectory('bench'), quick, progress };
  await warnOfOthers(progress);
  const reports: LoadReport[] = [];
  for (const name of names) {
    progress.load(name);
    const report = await LOADS[name]!(bench).catch(say);
    if (report === FAILED) continue;
    reports.push(report);
    process.stdout.write(`\n${renderLoad(report).join('\n\n')}\n\n`);
  }
  process.stdout.write(`\n${renderFigures(reports)}\n`);
  if (reports.length < names.length) return FAILED;
  if (!quick && only === undefined)
    writeFileSync(RESULTS, `${renderReport(reports, describeMachine(cores))}\n`);
  return 0;
}

/** A load that fails or is refused does not end the run, for the others took minutes too; but then nothing is written. */
function say(error: unknown): typeof FAILED {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`bench: ${error.code}: ${error.message}\n`);
  return FAILED;
}

async function warnOfOthers(progress: Progress): Promise<void> {
  const share = await othersShare();
  if (share < QUIET_SHARE) return;
  progress.warn(`other programs use ${percent(share)} of this machine: rounds will be thrown away`);
}

function namesOfLoads(quick: boolean, only: string | undefined): string[] {
  if (only === undefined) return quick ? QUICK_LOADS : Object.keys(LOADS);
  const names = only.split(',');
  const unknown = names.find((name) => !Object.hasOwn(LOADS, name));
  if (unknown === undefined) return names;
  throw new BenchError(
    'UnknownLoad',
    `LOADS: expected some of ${Object.keys(LOADS).join(',')}, found ${JSON.stringify(unknown)}`,
  );
}
