/** A closed-loop load on several contenders side by side, from start to table. */
import type { Contender, RunningContender } from '../contenders/contender.ts';
import type { MeasuredFigures } from '../report/figures.ts';
import type { LoadReport } from '../report/load-report.ts';
import { type Saturation, saturate } from './saturation.ts';
import { saturationTable } from './saturation-table.ts';
import { type Bench, onStage } from './stage.ts';
import { wrk } from './wrk.ts';

export interface SideBySide {
  /** Names its folder. */
  name: string;
  title: string;
  /** Plain nginx twice among them. */
  contenders: readonly Contender[];
  bodyBytes: number;
  connections: number;
  /** A connection a request. */
  close: boolean;
  /** Of a whole run; a quick one has 3 of 1 s. */
  rounds: number;
  seconds: number;
  figures(of: (contender: Contender) => Saturation): MeasuredFigures;
}

export function sideBySide(bench: Bench, load: SideBySide): Promise<LoadReport> {
  const { name, title, contenders, bodyBytes, connections, close } = load;
  return onStage(bench, name, async (stage) => {
    const upstream = await stage.upstream(bodyBytes);
    const running: RunningContender[] = [];
    for (const contender of contenders) running.push(await stage.start(contender, upstream));
    const extent = bench.quick ? { rounds: 3, seconds: 1 } : { rounds: load.rounds, seconds: load.seconds };
    const medians = await saturate(bench, running, {
      load: wrk({ connections, close, bodyBytes }),
      ...extent,
    });
    return {
      title,
      ...saturationTable(contenders, medians),
      remarks: [],
      figures: load.figures((contender) => medians.get(contender.name)!),
    };
  });
}
