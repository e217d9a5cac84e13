/** Drill g, first part: every ConfigRevision is deleted under a running fleet. */
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { Mark } from '../../harness/eventually.ts';
import { convergence } from '../fixtures/convergence.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { Release } from '../fixtures/release.ts';

const CONVERGED_MS = 15_000;

drill(
  'the store of revisions is wiped, with a control plane that remembers and with one that does not: the next change reaches all',
  async ({ cluster, stage, figures }) => {
    const release = stage.own(new Release(cluster));
    const gateway = await Gateway.open(stage, cluster);
    await gateway.publish('2');
    const second = await convergence(gateway, '2');
    const load = await gateway.load(stage);

    await wipe(gateway);
    await gateway.publish('3');
    const remembered = new Mark();
    const third = await convergence(gateway, '3');
    const rememberedMs = remembered.elapsedMs();
    expect(third.sequence).toBeGreaterThan(second.sequence);

    await cluster.scaleControlPlane(0);
    await gateway.everyInstance('is alone', ({ controlPlane }) => !controlPlane.connected);
    await wipe(gateway);
    await gateway.publish('4');
    await cluster.scaleControlPlane(2);
    await release.available();
    const returned = new Mark();
    const fourth = await convergence(gateway, '4');
    const forgottenMs = returned.elapsedMs();

    const report = await load.stop();
    figures({
      ...loadFigures(report),
      convergedRemembering: `${rememberedMs}ms`,
      convergedForgotten: `${forgottenMs}ms`,
      sequences: [second, third, fourth].map(({ sequence }) => sequence).join(),
    });
    expectNothingLost(report);
    expect(fourth.sequence).toBeGreaterThan(third.sequence);
    expect(fourth.lineage).toBe(second.lineage);
    expect(Math.max(rememberedMs, forgottenMs)).toBeLessThanOrEqual(CONVERGED_MS);
  },
);

async function wipe({ cluster, namespace }: Gateway): Promise<void> {
  await cluster.kubectl('-n', namespace, 'delete', 'configrevisions', '--all');
}
