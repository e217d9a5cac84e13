/** Sums the result files of jest runs (`--json --outputFile`) and prints `N passed, N failed, N skipped` as the last line. */
import { readFileSync } from 'node:fs';

interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that could not be run at all: they count no test, and must not look like success. */
  numRuntimeErrorTestSuites: number;
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

function tally(paths: string[]): Tally {
  const sum: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const path of paths) {
    const result = readResult(path);
    if (result === undefined) {
      process.stderr.write(`${path}: no result of a test run; counted as one failure\n`);
      sum.failed += 1;
      continue;
    }
    sum.passed += result.numPassedTests;
    sum.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    sum.skipped += result.numPendingTests + result.numTodoTests;
  }
  return sum;
}

/** Undefined where a run left no readable result: it crashed before its end. */
function readResult(path: string): JestResult | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestResult;
  } catch {
    return undefined;
  }
}

const { passed, failed, skipped } = tally(process.argv.slice(2));
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
