/** Drill c, first part: instances go because somebody rolls out or scales down. */
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { Mark } from '../../harness/eventually.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, type Pod } from '../fixtures/gateway.ts';
import { DATA_PLANE } from '../fixtures/manifests.ts';

const RESTARTED_MS = 180_000;
const SCALED_DOWN_MS = 45_000;

const names = (pods: Pod[]) => pods.map(({ metadata }) => metadata.name);

drill(
  'I4: kubectl rollout restart replaces every instance and loses nothing, and the operator lets it be',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster);
    const kubectl = (...args: string[]) => cluster.kubectl('-n', gateway.namespace, ...args);
    const before = names(await gateway.pods());
    const load = await gateway.load(stage);
    const told = new Mark();
    await kubectl('rollout', 'restart', `deployment/${DATA_PLANE}`);
    await kubectl('rollout', 'status', `deployment/${DATA_PLANE}`, '--timeout=240s');
    await gateway.noneEnds();
    const restartedMs = told.elapsedMs();
    const after = names(await gateway.pods());
    expect(after.filter((name) => before.includes(name))).toEqual([]);

    await gateway.conditionThat('HighlyAvailable', 'True');
    await kubectl('scale', `dp/${DATA_PLANE}`, '--replicas=4');
    await gateway.readyInstances('4/4');
    expect(names(await gateway.pods())).toEqual(expect.arrayContaining(after));
    const report = await load.stop();
    figures({ restarted: `${restartedMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
    expect(restartedMs).toBeLessThanOrEqual(RESTARTED_MS);
  },
  420_000,
);

drill('I4: scaling from four to two loses nothing', async ({ cluster, stage, figures }) => {
  const gateway = await Gateway.open(stage, cluster, { replicas: 4 });
  const load = await gateway.load(stage);
  const told = new Mark();
  await cluster.kubectl('-n', gateway.namespace, 'scale', `dp/${DATA_PLANE}`, '--replicas=2');
  await gateway.readyInstances('2/2');
  await gateway.noneEnds();
  const scaledMs = told.elapsedMs();
  const report = await load.stop();
  figures({ scaledDown: `${scaledMs}ms`, ...loadFigures(report) });
  expect(await gateway.pods()).toHaveLength(2);
  expectNothingLost(report);
  expect(scaledMs).toBeLessThanOrEqual(SCALED_DOWN_MS);
});
