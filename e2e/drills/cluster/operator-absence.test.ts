/** Drill f, first part: the whole release is uninstalled and installed again, and what was changed meanwhile is repaired. */
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { Drift, SPARE_LISTENER } from '../fixtures/drift.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { leaderOf } from '../fixtures/leader.ts';
import { podIdentities } from '../fixtures/pod-identities.ts';
import { OPERATOR, Release } from '../fixtures/release.ts';

const REPAIRED_MS = 5_000;
const CONVERGED_MS = 15_000;

drill(
  'I6: the release is uninstalled and installed again; no pod restarts, and drift made meanwhile is repaired',
  async ({ cluster, stage, figures }) => {
    const release = stage.own(new Release(cluster));
    const gateway = await Gateway.open(stage, cluster, {
      listeners: [{ name: 'http', port: 80 }, SPARE_LISTENER],
    });
    const before = podIdentities(await gateway.pods());
    const { uid } = (await gateway.dataPlane()).metadata;
    const load = await gateway.load(stage);

    await release.uninstall();
    await gateway.everyInstance('is alone', ({ controlPlane }) => !controlPlane.connected);
    expect((await gateway.dataPlane()).metadata.uid).toBe(uid);
    const drift = await Drift.make(gateway);
    const driftedAt = Date.now();
    await eventually('an instance too many is there', async () => (await gateway.pods()).length === 4);

    await release.install();
    const repairedAt = await drift.repaired();
    const { since } = await leaderOf(cluster, OPERATOR);
    expect(since).toBeGreaterThan(driftedAt);
    await release.available();
    await gateway.publish('2');
    const published = new Mark();
    await gateway.everyInstance('serves revision 2', ({ revision }) => revision?.sequence === 2);
    const convergedMs = published.elapsedMs();
    await gateway.conditionThat('ControlPlaneConnected', 'True');

    const report = await load.stop();
    const repairedMs = repairedAt - since;
    figures({ ...loadFigures(report), repaired: `${repairedMs}ms`, converged: `${convergedMs}ms` });
    expectNothingLost(report);
    expect(podIdentities(await gateway.pods())).toEqual(before);
    expect((await gateway.dataPlane()).metadata.uid).toBe(uid);
    expect(repairedMs).toBeLessThanOrEqual(REPAIRED_MS);
    expect(convergedMs).toBeLessThanOrEqual(CONVERGED_MS);
  },
);
