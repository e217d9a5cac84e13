/** Drill: pods that start while there is no control plane, because somebody scales, restarts, or loses them all. */
import { expectComplete, expectNothingLost, failureLine, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import type { Stage } from '../../harness/stage.ts';
import type { Cluster } from '../fixtures/cluster.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, isReady } from '../fixtures/gateway.ts';
import { DATA_PLANE } from '../fixtures/manifests.ts';

/** Of a node, to send new connections to what is there by now. */
const NOTICED_MS = 5_000;

/** A gateway whose control plane has gone, with the revision that it left in its bootstrap. */
async function abandoned(stage: Stage, cluster: Cluster, replicas: number): Promise<Gateway> {
  stage.own({
    close: async () => {
      await cluster.scaleControlPlane(2);
      await cluster.available('holdfast-controlplane');
    },
  });
  const gateway = await Gateway.open(stage, cluster, { replicas });
  const { message } = await gateway.conditionThat('ColdStartReady', 'True');
  expect(message).toContain('revision 1 is kept');
  await cluster.scaleControlPlane(0);
  await gateway.everyInstance('is alone', ({ controlPlane }) => !controlPlane.connected);
  return gateway;
}

async function allServeTheBootstrap(gateway: Gateway): Promise<void> {
  await gateway.everyInstance('serves what the control plane left', ({ ready, revision }) => {
    return ready && revision?.sequence === 1 && revision.origin === 'bootstrap';
  });
}

drill(
  'I1: without a control plane a scale-out and a full rolling restart lose nothing, and every new pod serves',
  async ({ cluster, stage, figures }) => {
    const gateway = await abandoned(stage, cluster, 2);
    const kubectl = (...args: string[]) => cluster.kubectl('-n', gateway.namespace, ...args);
    const load = await gateway.load(stage);
    const scaled = new Mark();
    await kubectl('scale', `dp/${DATA_PLANE}`, '--replicas=6');
    await gateway.readyInstances('6/6');
    const scaledMs = scaled.elapsedMs();
    const restarted = new Mark();
    await kubectl('rollout', 'restart', `deployment/${DATA_PLANE}`);
    await kubectl('rollout', 'status', `deployment/${DATA_PLANE}`, '--timeout=400s');
    await gateway.noneEnds();
    const restartedMs = restarted.elapsedMs();
    await allServeTheBootstrap(gateway);
    const report = await load.stop();
    figures({ scaled: `${scaledMs}ms`, restarted: `${restartedMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
  },
  720_000,
);

drill(
  'I1: without a control plane the loss of all pods at once ends by itself: from the first that is Ready on nothing fails',
  async ({ cluster, stage, figures }) => {
    const gateway = await abandoned(stage, cluster, 3);
    const before = (await gateway.pods()).map(({ metadata }) => metadata.name);
    const load = await gateway.load(stage);
    await eventually('there are two seconds of load', () => load.seconds.length >= 2);
    const lost = new Mark();
    await cluster.kubectl('-n', gateway.namespace, 'delete', 'pods', '--now', '--wait=false', ...before);
    await eventually(
      'the first new pod is Ready',
      async () => (await gateway.pods()).some((pod) => !before.includes(pod.metadata.name) && isReady(pod)),
      { timeoutMs: 120_000, everyMs: 200 },
    );
    const firstMs = lost.elapsedMs();
    const firstReadyAt = Date.now();
    await gateway.readyInstances('3/3');
    await allServeTheBootstrap(gateway);
    const completeMs = lost.elapsedMs();
    const steady = new Mark();
    await steady.reach(10_000);
    const report = await load.stop();
    const late = report.failures.filter(({ dueAt }) => dueAt > firstReadyAt + NOTICED_MS);
    figures({
      ...loadFigures(report),
      firstReady: `${firstMs}ms`,
      complete: `${completeMs}ms`,
      failedAfter: late.length,
    });
    expectComplete(report);
    expect(late.map(failureLine)).toEqual([]);
    expect((await gateway.pods()).map(({ metadata }) => metadata.name)).not.toEqual(
      expect.arrayContaining(before),
    );
  },
  480_000,
);
