/** Starts an instance from its flags and variables. The rest is loaded when this Node.js is known to understand it. */
import { EndSignals } from '@holdfast/program/end-signals.ts';
import { nodeVersionProblem } from './node-version.ts';

const signals = new EndSignals();
const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { run } = await import('./run.ts');
  await run(process.argv.slice(2), process.env, {}, signals);
} else {
  process.stderr.write(`holdfast: ${problem}\n`);
  process.exitCode = 2;
}
