/** Latency while the configuration changes: one route each second, every route each 10 s. */
import { NGINX_EQUAL } from '../contenders/nginx-equal.ts';
import { OURS } from '../contenders/ours.ts';
import type { Editions, ReconfigurableContender } from '../contenders/reconfigurable.ts';
import type { LoadReport } from '../report/load-report.ts';
import { milliseconds, ratio } from '../report/quantities.ts';
import { inTime } from '../rounds/in-time.ts';
import { interleavedRounds } from '../rounds/interleaved-rounds.ts';
import { medians } from '../statistics/median.ts';
import { maximumRate } from './maximum-rate.ts';
import { OpenLoopGenerator, type OpenLoopReport } from './open-loop-generator.ts';
import { type Bench, onStage } from './stage.ts';

const COLUMNS = [
  'contender',
  'p50 ms',
  'changing',
  'p99 ms',
  'changing',
  'x quiet',
  'max ms',
  'cut off',
  'changes',
];
const BODY_BYTES = 1_024;
const SHARE = 0.5;
const CHANGE_EVERY_MS = 1_000;
const REPLACE_EVERY = 10;

interface Comparison {
  quiet: OpenLoopReport;
  changing: OpenLoopReport;
  /** Changes made while measuring, and how many revisions the contender took meanwhile, where it tells. */
  made: number;
  taken: number | undefined;
}

export function configurationChanges(bench: Bench): Promise<LoadReport> {
  return onStage(bench, 'changes', async (stage) => {
    const generator = await OpenLoopGenerator.build(stage.directory);
    const upstream = await stage.upstream(BODY_BYTES);
    const nginx = await stage.start(NGINX_EQUAL, upstream);
    const ours = await stage.start(OURS, upstream);
    const rate = Math.round(SHARE * (await maximumRate(ours, bench)));
    const ofNginx = await compare(bench, generator, nginx, rate);
    const ofOurs = await compare(bench, generator, ours, rate);
    return {
      title: 'Configuration changes under load',
      columns: COLUMNS,
      rows: [row(NGINX_EQUAL.title, ofNginx), row(OURS.title, ofOurs)],
      remarks: [
        `${rate} requests/s, half of our maximum. One route of 1,000 changes each second, all of them each 10 s; nginx takes a change by a reload, which closes kept connections.`,
      ],
      figures: { changes: { value: ofOurs.changing.p99Us / ofOurs.quiet.p99Us } },
    };
  });
}

/** Quiet and changing in turns. */
async function compare(
  { quick, progress }: Bench,
  generator: OpenLoopGenerator,
  contender: ReconfigurableContender,
  rate: number,
): Promise<Comparison> {
  const plan = { rate, seconds: quick ? 3 : 21, bodyBytes: BODY_BYTES };
  const changes = new Changes(contender.configuration);
  const before = await contender.configuration.taken();
  const samples = await interleavedRounds<OpenLoopReport>({
    rounds: quick ? 1 : 3,
    spare: 2,
    names: ['quiet', 'changing'],
    measure: async (name, round) => {
      contender.forget();
      if (name === 'changing') changes.start();
      const sample = await generator.run(contender, plan).finally(() => changes.stop());
      progress.step(`round ${round + 1}  ${contender.name} ${name.padEnd(10)} p99 ${sample.p99Us} us`);
      return sample;
    },
    objection: inTime,
    onThrownAway: (objection) => progress.warn(`round thrown away: ${objection}`),
  });
  const after = await contender.configuration.taken();
  return {
    quiet: medians(samples.get('quiet')!),
    changing: medians(samples.get('changing')!),
    made: changes.made,
    taken: after === undefined || before === undefined ? undefined : after - before,
  };
}

/** Changes a configuration each second between start and stop. */
class Changes {
  made = 0;
  readonly #editions: Editions;
  #timer: NodeJS.Timeout | undefined;

  constructor(editions: Editions) {
    this.#editions = editions;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.made += 1;
      if (this.made % REPLACE_EVERY === 0) this.#editions.changeAll(this.made);
      else this.#editions.changeOne(this.made);
    }, CHANGE_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function row(title: string, { quiet, changing, made, taken }: Comparison): string[] {
  return [
    title,
    ...[quiet.p50Us, changing.p50Us, quiet.p99Us, changing.p99Us].map(milliseconds),
    ratio(changing.p99Us, quiet.p99Us),
    milliseconds(changing.maxUs),
    String(changing.failed),
    taken === undefined ? String(made) : `${made}, ${taken} revisions`,
  ];
}
