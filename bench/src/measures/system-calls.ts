/** System calls of processes, counted by strace while a load runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { eventually } from '@holdfast/e2e/harness/eventually.ts';
import { BenchError } from '../errors.ts';

const STOP_TIMEOUT_MS = 10_000;

/** How many there are during `body`, in all threads of the processes. `outputFile` gets strace's own table. */
export async function countSystemCalls(
  pids: readonly number[],
  outputFile: string,
  body: () => Promise<void>,
): Promise<number> {
  const args = ['-f', '-c', '-o', outputFile, ...pids.flatMap((pid) => ['-p', String(pid)])];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(strace, 'exit', { signal: AbortSignal.timeout(600_000) });
  try {
    await attached(strace, pids);
    await body();
  } finally {
    strace.kill('SIGINT');
    const killer = setTimeout(() => strace.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  }
  return readTotal(readFileSync(outputFile, 'utf8'));
}

/** The calls in the last line of `strace -c`. */
export function readTotal(table: string): number {
  const [, , , calls] = /^\s*100\.00\s.*total$/m.exec(table)?.[0].trim().split(/\s+/) ?? [];
  const total = Number(calls);
  if (Number.isInteger(total)) return total;
  throw new BenchError('LoadFailed', `strace gave no total: ${JSON.stringify(table.slice(-200))}`);
}

/** Without the right to trace, strace ends at once and says so. */
async function attached(strace: ChildProcess, pids: readonly number[]): Promise<void> {
  let said = '';
  strace.stderr!.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  await eventually('strace is attached', () => {
    if (strace.exitCode !== null) throw new BenchError('LoadFailed', `strace: ${said.trim()}`);
    return pids.every((pid) => said.includes(`Process ${pid} attached`));
  });
}
