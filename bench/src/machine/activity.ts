/** What other programs do on the machine: noise in every figure. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 1_000;
/** Of proc(5), after the name: user nice system idle iowait irq softirq steal; the rest is counted in user and nice. */
const FIELDS = 8;
const IDLE = [3, 4];

/** The share of all CPU time that is used while this process waits; what a hypervisor steals counts as used. */
export async function othersShare(): Promise<number> {
  const before = readFileSync('/proc/stat', 'utf8');
  await delay(LOOK_MS);
  return usedShare(before, readFileSync('/proc/stat', 'utf8'));
}

export function usedShare(before: string, after: string): number {
  const spent = ticks(after).map((count, field) => count - ticks(before)[field]!);
  const total = spent.reduce((sum, count) => sum + count, 0);
  const idle = IDLE.reduce((sum, field) => sum + spent[field]!, 0);
  return 1 - idle / total;
}

function ticks(stat: string): number[] {
  const [line = ''] = stat.split('\n');
  return line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + FIELDS)
    .map(Number);
}
