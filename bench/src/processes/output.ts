/** Runs a program that ends by itself, for what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { childEnvironment } from '@holdfast/e2e/harness/environment.ts';
import { BenchError } from '../errors.ts';

const running = new Set<ChildProcess>();

// A generator would otherwise go on against the next run.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Its standard output; rejects when it fails or takes longer. */
export function outputOf(command: string, args: string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    running.add(child);
    const output: string[] = [];
    const errors: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (part: string) => output.push(part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => errors.push(part));
    child.once('error', (error) => reject(new BenchError('LoadFailed', `${command}: ${error.message}`)));
    child.once('close', (code, signal) => {
      running.delete(child);
      const said = errors.join('').trim();
      if (code === 0) resolve(output.join(''));
      else reject(new BenchError('LoadFailed', `${command} ended with ${signal ?? code}: ${said}`));
    });
  });
}
