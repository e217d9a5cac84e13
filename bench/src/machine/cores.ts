/** Which core does what: one for the proxy that is measured, one for everything else. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { BenchError } from '../errors.ts';

export interface Cores {
  proxy: number;
  /** Load generator, upstream, control plane and this process. */
  load: number;
}

/** Moves this process to the load core; what it starts inherits that. */
export function takeCores(): Cores {
  const status = readFileSync('/proc/self/status', 'utf8');
  const cores = chooseCores(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '');
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(cores.load), String(process.pid)]);
  return cores;
}

/** `allowed`: as the kernel writes it, `0-3,8`. The last core is the proxy's: devices interrupt the first. */
export function chooseCores(allowed: string): Cores {
  const all = allowed.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
  });
  const [load, proxy] = all.slice(-2);
  if (load === undefined || proxy === undefined)
    throw new BenchError('Unmeasurable', `two cores are needed, and ${allowed} is what this machine allows`);
  return { proxy, load };
}
