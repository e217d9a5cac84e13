/** `make bench`: measures ours beside what the field uses, prints the figures, and writes `bench/RESULTS.md` after a whole run. */
import { writeFileSync } from 'node:fs';
import { repositoryPath, workDirectory } from '@holdfast/e2e/harness/paths.ts';
import { BenchError } from './errors.ts';
import { keepAlive } from './loads/keep-alive.ts';
import type { Bench } from './loads/stage.ts';
import { takeCores } from './machine/cores.ts';
import { describeMachine } from './machine/description.ts';
import type { LoadReport } from './report/load-report.ts';
import { renderFigures, renderLoad, renderReport } from './report/markdown.ts';
import { Progress } from './report/progress.ts';

const LOADS: Record<string, (bench: Bench) => Promise<LoadReport>> = { 'keep-alive': keepAlive };
const QUICK_LOADS = ['keep-alive'];
const RESULTS = repositoryPath('bench/RESULTS.md');

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  await run(process.env.QUICK === '1', process.env.LOADS);
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`bench: ${error.code}: ${error.message}\n`);
  process.exit(1);
}

/** `only`: names of loads, with commas between; undefined: all, or those of a quick run. */
async function run(quick: boolean, only: string | undefined): Promise<void> {
  const cores = takeCores();
  const progress = new Progress(process.stderr);
  const bench = { cores, directory: workDirectory('bench'), quick, progress };
  const reports: LoadReport[] = [];
  for (const name of namesOfLoads(quick, only)) {
    progress.load(name);
    const report = await LOADS[name]!(bench);
    reports.push(report);
    process.stdout.write(`\n${renderLoad(report).join('\n\n')}\n\n`);
  }
  process.stdout.write(`\n${renderFigures(reports)}\n`);
  if (!quick && only === undefined)
    writeFileSync(RESULTS, `${renderReport(reports, describeMachine(cores))}\n`);
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
