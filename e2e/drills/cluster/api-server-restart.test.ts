/** Drill f, second part: the API server is killed and restarted. */
import { PODS } from '@holdfast/operator/watches/resources.ts';
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { type Cluster, SYSTEM_NAMESPACE } from '../fixtures/cluster.ts';
import { killContainer } from '../fixtures/containers.ts';
import { Drift, SPARE_LISTENER } from '../fixtures/drift.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, isReady, type Pod } from '../fixtures/gateway.ts';
import { podIdentities } from '../fixtures/pod-identities.ts';

const CONVERGED_MS = 15_000;

drill(
  'I6: the API server restarts, no pod of ours does, and changes are taken as before',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster, {
      listeners: [{ name: 'http', port: 80 }, SPARE_LISTENER],
    });
    const before = podIdentities([...(await gateway.pods()), ...(await systemPods(cluster))]);
    const load = await gateway.load(stage);

    const server = await apiServer(cluster);
    const killed = new Mark();
    await killContainer(cluster, server);
    await eventually(
      'the API server runs anew',
      async () => {
        const now = await apiServer(cluster);
        return isReady(now) && restarts(now) === restarts(server) + 1;
      },
      { timeoutMs: 120_000, everyMs: 250 },
    );
    const awayMs = killed.elapsedMs();

    const changed = new Mark();
    await gateway.publish('2');
    await gateway.everyInstance('serves revision 2', ({ revision }) => revision?.sequence === 2);
    const convergedMs = changed.elapsedMs();
    const drift = await Drift.make(gateway);
    const driftedAt = Date.now();
    const repairedMs = (await drift.repaired()) - driftedAt;
    await eventually('the instance too many has gone', async () => (await gateway.pods()).length === 3);

    const report = await load.stop();
    figures({
      ...loadFigures(report),
      apiServerAway: `${awayMs}ms`,
      converged: `${convergedMs}ms`,
      repaired: `${repairedMs}ms`,
    });
    expectNothingLost(report);
    expect(podIdentities([...(await gateway.pods()), ...(await systemPods(cluster))])).toEqual(before);
    expect(convergedMs).toBeLessThanOrEqual(CONVERGED_MS);
  },
  420_000,
);

async function apiServer(cluster: Cluster): Promise<Pod> {
  const pods = await cluster.list(PODS, 'kube-system', { component: 'kube-apiserver' });
  return pods[0] as unknown as Pod;
}

async function systemPods(cluster: Cluster): Promise<Pod[]> {
  return (await cluster.list(PODS, SYSTEM_NAMESPACE)) as unknown as Pod[];
}

function restarts({ status }: Pod): number {
  return status.containerStatuses![0]!.restartCount;
}
