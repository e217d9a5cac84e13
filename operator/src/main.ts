/** Starts the operator from its flags and variables. */
import { EndSignals } from '@holdfast/program/end-signals.ts';
import { run } from './run.ts';

await run(process.argv.slice(2), process.env, new EndSignals());
