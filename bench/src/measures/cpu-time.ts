/** CPU time of processes, user and system apart, as the kernel accounts it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Microseconds. */
export interface CpuTime {
  userUs: number;
  systemUs: number;
}

const TICK_US = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Summed over the processes with all their threads. */
export function cpuTimeOf(pids: readonly number[]): CpuTime {
  const times = pids.map((pid) => readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), TICK_US));
  return {
    userUs: times.reduce((sum, { userUs }) => sum + userUs, 0),
    systemUs: times.reduce((sum, { systemUs }) => sum + systemUs, 0),
  };
}

/** `stat`: one line of proc(5); the program's name in it may hold spaces and brackets. */
export function readStat(stat: string, tickUs: number): CpuTime {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { userUs: Number(fields[11]) * tickUs, systemUs: Number(fields[12]) * tickUs };
}
