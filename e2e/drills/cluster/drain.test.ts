/** Drill c, second part: a node is drained. */
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { Mark } from '../../harness/eventually.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { leaderOf } from '../fixtures/leader.ts';
import { Worker } from '../fixtures/worker.ts';

const DRAINED_MS = 120_000;

drill(
  "I4: kubectl drain of a worker with an instance and the operator's leader loses nothing",
  async ({ cluster, stage, figures }) => {
    const { node } = await leaderOf(cluster, 'holdfast-operator');
    const worker = stage.own(new Worker(cluster, node));
    const gateway = await Gateway.open(stage, cluster);
    const there = await gateway.podsOn(worker.name);
    expect(there).not.toEqual([]);
    const load = await gateway.load(stage);
    const told = new Mark();
    await worker.drain();
    const drainedMs = told.elapsedMs();
    expect(await gateway.podsOn(worker.name)).toEqual([]);
    await gateway.readyInstances('3/3');
    await gateway.conditionThat('HighlyAvailable', 'True');
    const completeMs = told.elapsedMs();
    const report = await load.stop();
    figures({ drained: `${drainedMs}ms`, complete: `${completeMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
    expect(completeMs).toBeLessThanOrEqual(DRAINED_MS);
  },
  420_000,
);
