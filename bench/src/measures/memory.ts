/** Memory of processes: the proportional share of each, so that pages that several share count once. */
import { readFileSync } from 'node:fs';

/** Megabytes (10^6 bytes). */
export function proportionalMegabytes(pids: readonly number[]): number {
  const kibibytes = pids.map((pid) => readPss(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')));
  return kibibytes.reduce((sum, size) => sum + size * 1_024, 0) / 1e6;
}

/** KiB; throws where the kernel does not say. */
export function readPss(rollup: string): number {
  const size = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (size === undefined) throw new Error(`no Pss in ${JSON.stringify(rollup.slice(0, 80))}`);
  return Number(size);
}
