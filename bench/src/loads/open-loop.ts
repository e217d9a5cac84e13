/** Latency at fixed rates, 50 % and 80 % of our own maximum, the same for every contender. */
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { HAPROXY } from '../contenders/haproxy.ts';
import { NGINX } from '../contenders/nginx.ts';
import { NGINX_EQUAL } from '../contenders/nginx-equal.ts';
import { OURS } from '../contenders/ours.ts';
import { BenchError } from '../errors.ts';
import type { LoadReport } from '../report/load-report.ts';
import { milliseconds, ratio } from '../report/quantities.ts';
import { inTime } from '../rounds/in-time.ts';
import { interleavedRounds } from '../rounds/interleaved-rounds.ts';
import { medians } from '../statistics/median.ts';
import { maximumRate } from './maximum-rate.ts';
import { OpenLoopGenerator, type OpenLoopReport } from './open-loop-generator.ts';
import { type Bench, onStage } from './stage.ts';

const CONTENDERS: readonly Contender[] = [NGINX, HAPROXY, NGINX_EQUAL, OURS];
const SHARES = [0.5, 0.8];
const BODY_BYTES = 1_024;

export function openLoop(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'open-loop', async (stage) => {
    const generator = await OpenLoopGenerator.build(stage.directory);
    const upstream = await stage.upstream(BODY_BYTES);
    const running = new Map<string, RunningContender>();
    for (const contender of CONTENDERS) running.set(contender.name, await stage.start(contender, upstream));
    const maximum = await maximumRate(running.get(OURS.name)!, bench);
    const byShare = new Map<number, Map<string, OpenLoopReport>>();
    for (const share of SHARES) {
      const rate = Math.round(maximum * share);
      byShare.set(share, await atRate(bench, generator, running, rate));
    }
    return report(maximum, byShare);
  });
}

async function atRate(
  { quick, progress }: Bench,
  generator: OpenLoopGenerator,
  running: ReadonlyMap<string, RunningContender>,
  rate: number,
): Promise<Map<string, OpenLoopReport>> {
  const samples = await interleavedRounds<OpenLoopReport>({
    rounds: quick ? 1 : 5,
    spare: 5,
    names: [...running.keys()],
    measure: async (name, round) => {
      const contender = running.get(name)!;
      contender.forget();
      const sample = await generator.run(contender, { rate, seconds: quick ? 2 : 5, bodyBytes: BODY_BYTES });
      if (sample.failed > 0)
        throw new BenchError('ContenderFailed', `${name}: ${sample.failed} requests were cut off`);
      progress.step(`round ${round + 1}  ${name.padEnd(20)} ${rate} requests/s, p99 ${sample.p99Us} us`);
      return sample;
    },
    objection: inTime,
    onThrownAway: (objection) => progress.warn(`round thrown away: ${objection}`),
  });
  return new Map([...samples].map(([name, list]) => [name, medians(list)]));
}

function report(
  maximum: number,
  byShare: ReadonlyMap<number, ReadonlyMap<string, OpenLoopReport>>,
): LoadReport {
  const rows = [...byShare].flatMap(([share, reports]) =>
    CONTENDERS.map(({ name, title }) => {
      const { p50Us, p99Us, p999Us, maxUs, lateP99Us } = reports.get(name)!;
      const latencies = [p50Us, p99Us, p999Us, maxUs, lateP99Us].map(milliseconds);
      return [`${share * 100} %`, title, ...latencies, ratio(p99Us, reports.get(NGINX.name)!.p99Us)];
    }),
  );
  const highest = byShare.get(0.8)!;
  return {
    title: 'Latency at a fixed rate',
    columns: ['rate', 'contender', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'late p99 ms', 'p99 x nginx'],
    rows,
    remarks: [
      `100 % is our own maximum with 64 connections, ${Math.round(maximum)} requests/s. Latency counts from the moment when a request was due; "late" is the generator's own part.`,
    ],
    figures: { openLoopP99: { value: highest.get(OURS.name)!.p99Us / highest.get(NGINX.name)!.p99Us } },
  };
}
