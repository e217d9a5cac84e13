/** How many requests a second a contender does at its limit: what open-loop rates are shares of. */
import type { RunningContender } from '../contenders/contender.ts';
import { median } from '../statistics/median.ts';
import { measureSaturation } from './saturation.ts';
import type { Bench } from './stage.ts';
import { wrk } from './wrk.ts';

const SLICES = 3;

/** 1 KB bodies over 64 kept connections; the first slice warms it up. */
export async function maximumRate(contender: RunningContender, { quick, progress }: Bench): Promise<number> {
  const load = wrk({ connections: 64, close: false, bodyBytes: 1_024 });
  const seconds = quick ? 1 : 3;
  await measureSaturation(contender, load, seconds);
  const rates: number[] = [];
  for (let slice = 0; slice < SLICES; slice += 1)
    rates.push((await measureSaturation(contender, load, seconds)).requestsPerSecond);
  const maximum = Math.round(median(rates));
  progress.step(`maximum of ${contender.name}: ${maximum} requests/s`);
  return maximum;
}
