import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@holdfast/e2e/harness/environment.ts';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { CollectionCounts, type Collections } from './collections.ts';

const COLLECTS = `require('node:v8').setFlagsFromString('--expose-gc');
  const collect = require('node:vm').runInNewContext('gc');
  setInterval(() => collect(), 20);`;
const MANY = 20;

let directory: string;
let program: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-collections-'));
  writeFileSync(join(directory, 'program.cjs'), COLLECTS);
  writeFileSync(
    join(directory, 'threaded.cjs'),
    `new (require('node:worker_threads').Worker)(${JSON.stringify(join(directory, 'program.cjs'))});`,
  );
});

afterEach(async () => {
  program?.kill('SIGKILL');
  if (program !== undefined) await once(program, 'exit');
  rmSync(directory, { recursive: true });
});

test.each([
  ['a program', 'program.cjs', 0],
  ['a thread of a program', 'threaded.cjs', 1],
])('collections of %s are counted', async (_title, file, thread) => {
  const counts = new CollectionCounts(join(directory, 'counts'));
  const started = spawn(process.execPath, [join(directory, file)], {
    env: childEnvironment(counts.env),
    stdio: 'ignore',
  });
  program = started;
  const written = join(directory, 'counts', `${started.pid}-${thread}.json`);
  const { count, pauseMs } = await counts.during(async () => {
    await eventually('many are written', () => {
      return (JSON.parse(readFileSync(written, 'utf8')) as Collections).count > MANY;
    });
  });
  expect(count).toBeGreaterThan(MANY / 2);
  expect(pauseMs).toBeGreaterThan(0);
});
