/** Contenders at their limit, in interleaved rounds: what a request costs, and how many there are in a second. */
import type { RunningContender } from '../contenders/contender.ts';
import { cpuTimeOf } from '../measures/cpu-time.ts';
import { interleavedRounds } from '../rounds/interleaved-rounds.ts';
import { sameTwice } from '../rounds/same-twice.ts';
import { medians } from '../statistics/median.ts';
import type { Bench } from './stage.ts';
import { runWrk, type WrkPlan } from './wrk.ts';

export interface Saturation {
  requestsPerSecond: number;
  /** CPU time of all its processes over its requests. */
  cpuUs: number;
  userUs: number;
  systemUs: number;
  p50Us: number;
  p99Us: number;
  /** Share of its core that it used: below 1, generator or upstream was the limit. */
  busy: number;
}

export interface SaturationPlan extends Omit<WrkPlan, 'port'> {
  rounds: number;
}

const WARM_UP_SECONDS = 2;

/** The contenders' medians; two of them must be plain nginx. */
export async function saturate(
  { progress }: Bench,
  contenders: readonly RunningContender[],
  plan: SaturationPlan,
): Promise<Map<string, Saturation>> {
  const byName = new Map(contenders.map((contender) => [contender.name, contender]));
  for (const contender of contenders) {
    progress.step(`warming up ${contender.name}`);
    await runWrk({ ...plan, port: contender.port, seconds: WARM_UP_SECONDS });
  }
  const samples = await interleavedRounds<Saturation>({
    rounds: plan.rounds,
    spare: plan.rounds,
    names: [...byName.keys()],
    measure: async (name, round) => {
      const sample = await measureSaturation(byName.get(name)!, plan);
      const figures = `${sample.cpuUs.toFixed(1)} us CPU, ${Math.round(sample.requestsPerSecond)} requests/s`;
      progress.step(`round ${round + 1}  ${name.padEnd(18)} ${figures}`);
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
  plan: Omit<WrkPlan, 'port'>,
): Promise<Saturation> {
  contender.forget();
  const pids = contender.pids();
  const before = cpuTimeOf(pids);
  const { requests, seconds, p50Us, p99Us } = await runWrk({ ...plan, port: contender.port });
  const after = cpuTimeOf(pids);
  const userUs = (after.userUs - before.userUs) / requests;
  const systemUs = (after.systemUs - before.systemUs) / requests;
  const cpuUs = userUs + systemUs;
  const requestsPerSecond = requests / seconds;
  return {
    requestsPerSecond,
    cpuUs,
    userUs,
    systemUs,
    p50Us,
    p99Us,
    busy: (requestsPerSecond * cpuUs) / 1e6,
  };
}
