/** Drill g, second part: a DataPlane is deleted and made anew under its name, with an instance outside the cluster attached. */
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { PODS } from '@holdfast/operator/watches/resources.ts';
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { allServe, servedMarker } from '../../harness/marker.ts';
import { probe } from '../../harness/probe.ts';
import { convergence } from '../fixtures/convergence.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { DATA_PLANE } from '../fixtures/manifests.ts';
import { OutsideInstance } from '../fixtures/outside-instance.ts';

/** In flight at an old instance, so that it goes on terminating. */
const SLOW_MS = 15_000;
/** It tries again within 10 s. */
const REATTACHED_MS = 15_000;

drill(
  'I1: a DataPlane is made anew while its old children end: all take up the new history, the instance outside with its new token',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster);
    await gateway.publish('2');
    const old = await convergence(gateway, '2');
    const outside = await OutsideInstance.start(stage, gateway);
    const instance = outside.process;
    await allServe([instance], '2');
    const load = await stage.load({ target: instance.url, rate: 200 });

    const slow = probe(`${await gateway.url()}/?delay=${SLOW_MS}`, { timeoutMs: 2 * SLOW_MS });
    await cluster.kubectl('-n', gateway.namespace, 'delete', `dataplane/${DATA_PLANE}`, '--wait=false');
    await gateway.apply({ replicas: 3 });
    await gateway.publish('3');
    const remade = new Mark();
    await eventually('new instances start while old ones end', () => bothGenerations(gateway), {
      timeoutMs: SLOW_MS,
    });
    expect((await slow).status).toBe(200);
    const made = await convergence(gateway, '3');
    const convergedMs = remade.elapsedMs();
    await gateway.conditionThat('Ready', 'True');
    await gateway.conditionThat('ConfigSynced', 'True');
    const { uid } = (await gateway.dataPlane()).metadata;
    expect([old.lineage === uid, made.lineage]).toEqual([false, uid]);

    const alone = await instance.status();
    expect(alone).toMatchObject({ ready: true, revision: old, controlPlane: { connected: false } });
    expect(await servedMarker(instance)).toBe('2');
    await outside.takeToken();
    const given = new Mark();
    await allServe([instance], '3', { timeoutMs: 60_000 });
    const reattachedMs = given.elapsedMs();
    expect((await instance.status()).revision).toMatchObject(made);

    const report = await load.stop();
    figures({
      ...loadFigures(report),
      converged: `${convergedMs}ms`,
      reattached: `${reattachedMs}ms`,
      sequences: `${old.sequence},${made.sequence}`,
    });
    expectNothingLost(report);
    expect(reattachedMs).toBeLessThanOrEqual(REATTACHED_MS);
  },
);

/** Pods that end and pods that do not. */
async function bothGenerations(gateway: Gateway): Promise<boolean> {
  const all = await gateway.cluster.list(PODS, gateway.namespace, { [DATA_PLANE_LABEL]: DATA_PLANE });
  const ending = all.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return ending.length > 0 && ending.length < all.length;
}
