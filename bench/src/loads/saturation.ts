/** Contenders at their limit, in interleaved rounds: what a request costs, and how many there are in a second. */
import type { RunningContender } from '../contenders/contender.ts';
import { BenchError } from '../errors.ts';
import { cpuTimeOf } from '../measures/cpu-time.ts';
import { proportionalMegabytes } from '../measures/memory.ts';
import { interleavedRounds } from '../rounds/interleaved-rounds.ts';
import { sameTwice } from '../rounds/same-twice.ts';
import { medians } from '../statistics/median.ts';
import type { Bench } from './stage.ts';

export interface Saturation {
  requestsPerSecond: number;
  /** CPU time of all its processes over its requests. */
  cpuUs: number;
  userUs: number;
  systemUs: number;
  p50Us: number;
  p99Us: number;
  /** Share of its core that it used: well below 1, generator or upstream was the limit. */
  busy: number;
  /** Of all its processes, after the load. */
  megabytes: number;
}

/** What a closed-loop generator tells. */
export interface LoadAccount {
  requests: number;
  seconds: number;
  p50Us: number;
  p99Us: number;
}

/** Loads a contender for some seconds. */
export type ClosedLoad = (contender: RunningContender, seconds: number) => Promise<LoadAccount>;

const WARM_UP_SECONDS = 2;

/** The contenders' medians; two of them must be plain nginx. */
export async function saturate(
  { progress }: Bench,
  contenders: readonly RunningContender[],
  { load, rounds, seconds }: { load: ClosedLoad; rounds: number; seconds: number },
): Promise<Map<string, Saturation>> {
  const byName = new Map(contenders.map((contender) => [contender.name, contender]));
  for (const contender of contenders) {
    progress.step(`warming up ${contender.name}`);
    await load(contender, WARM_UP_SECONDS);
  }
  const samples = await interleavedRounds<Saturation>({
    rounds,
    spare: rounds,
    names: [...byName.keys()],
    measure: async (name, round) => {
      const sample = await measureSaturation(byName.get(name)!, load, seconds);
      const figures = `${sample.cpuUs.toFixed(1)} us CPU, ${Math.round(sample.requestsPerSecond)} requests/s`;
      progress.step(`round ${round + 1}  ${name.padEnd(20)} ${figures}`);
      return sample;
    },
    objection: sameTwice,
    onThrownAway: (objection) => progress.warn(`round thrown away: ${objection}`),
  });
  return new Map([...samples].map(([name, list]) => [name, medians(list)]));
}

/** One slice of load on one contender. */
export async function measureSaturation(
  contender: RunningContender,
  load: ClosedLoad,
  seconds: number,
): Promise<Saturation> {
  contender.forget();
  const pids = contender.pids();
  const before = cpuTimeOf(pids);
  const account = await load(contender, seconds);
  if (contender.pids().join() !== pids.join())
    throw new BenchError('ContenderFailed', `a process of ${contender.name} was replaced under load`);
  const after = cpuTimeOf(pids);
  const userUs = (after.userUs - before.userUs) / account.requests;
  const systemUs = (after.systemUs - before.systemUs) / account.requests;
  const cpuUs = userUs + systemUs;
  const requestsPerSecond = account.requests / account.seconds;
  return {
    requestsPerSecond,
    cpuUs,
    userUs,
    systemUs,
    p50Us: account.p50Us,
    p99Us: account.p99Us,
    busy: (requestsPerSecond * cpuUs) / 1e6,
    megabytes: proportionalMegabytes(pids),
  };
}
