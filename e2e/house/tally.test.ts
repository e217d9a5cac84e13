import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../harness/environment.ts';
import { repositoryPath } from '../harness/paths.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-tally-'));
afterAll(() => rmSync(directory, { recursive: true }));

function tallyOf(...results: object[]) {
  const paths = results.map((result, index) => {
    const path = join(directory, `${index}.json`);
    writeFileSync(path, JSON.stringify(result));
    return path;
  });
  return run(paths);
}

function run(paths: string[]) {
  const { stdout, status } = spawnSync(process.execPath, [repositoryPath('e2e/tools/tally.ts'), ...paths], {
    env: childEnvironment(),
    encoding: 'utf8',
  });
  return { line: stdout.trimEnd().split('\n').at(-1), status };
}

const run1 = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 0,
};

test('results of several runs are summed', () => {
  expect(tallyOf(run1, run1)).toEqual({ line: '6 passed, 0 failed, 4 skipped', status: 0 });
});

test('a failed test and a file that could not be run are failures', () => {
  const broken = { ...run1, numFailedTests: 1, numRuntimeErrorTestSuites: 1 };
  expect(tallyOf(run1, broken)).toEqual({ line: '6 passed, 2 failed, 4 skipped', status: 1 });
});

test('no test at all is no success', () => {
  expect(tallyOf({ ...run1, numPassedTests: 0 })).toMatchObject({ status: 1 });
});

test('a run that left no result is a failure', () => {
  expect(run([join(directory, 'missing.json')])).toEqual({
    line: '0 passed, 1 failed, 0 skipped',
    status: 1,
  });
});
