/** Drill d: a worker dies, or hangs, with an instance and a leader on it; once behind HAProxy with checks of its own, and once behind the ClusterIP alone. */
import { containerPort, STATUS_PORT } from '@holdfast/api/ports.ts';
import { expectComplete, failureLine, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import type { InstanceAddress } from '../../harness/load-balancer.ts';
import type { Failure } from '../../load/ledger.ts';
import type { Cluster } from '../fixtures/cluster.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, isReady, type Pod } from '../fixtures/gateway.ts';
import { leaderOf, succeeded } from '../fixtures/leader.ts';
import { PodRoutes } from '../fixtures/pod-routes.ts';
import { Worker } from '../fixtures/worker.ts';

const OUT_MS = 3_000;
const SUCCEEDED_MS = 30_000;
const NOT_HIGHLY_AVAILABLE_MS = 75_000;
const REPLACED_MS = 150_000;
/** For what was sent before to end. */
const REQUEST_TIMEOUT_MS = 10_000;

nodeLoss('a worker that dies', 'holdfast-operator', (worker) => worker.kill());
nodeLoss('a worker that hangs', 'holdfast-controlplane', (worker) => worker.hang());

function nodeLoss(what: string, program: string, strike: (worker: Worker) => Promise<void>): void {
  drill(
    `${what}, with an instance and the leader of ${program}, costs what was sent to it before HAProxy saw it`,
    async ({ cluster, stage, figures }) => {
      const leader = await leaderOf(cluster, program);
      const worker = stage.own(new Worker(cluster, leader.node));
      await PodRoutes.open(stage, cluster);
      const gateway = await Gateway.open(stage, cluster);
      const pods = await gateway.pods();
      const lost = pods.findIndex(({ spec }) => spec.nodeName === worker.name);
      expect(lost).toBeGreaterThanOrEqual(0);
      const balancer = await stage.loadBalancer(pods.map(address));
      await eventually('HAProxy has every instance', async () =>
        (await balancer.serverStates()).every((state) => state === 'UP'),
      );
      const balanced = await stage.load({ target: balancer.url });
      const clusterIp = await gateway.load(stage);

      const struck = new Mark();
      const struckAt = Date.now();
      await strike(worker);
      const strikeMs = struck.elapsedMs();
      const after = (event: Promise<unknown>) => event.then(() => struck.elapsedMs());
      const [outMs, succeededMs, notHighlyAvailableMs, replacedMs] = await Promise.all([
        after(balancer.serverIs(lost + 1, 'DOWN')),
        after(succeeded(cluster, program, leader)),
        after(gateway.conditionThat('HighlyAvailable', 'False', { everyMs: 200 })),
        after(replaced(gateway, pods, worker)),
      ]);
      await gateway.publish('2');
      await gateway.everyInstance('serves revision 2', ({ revision }) => revision?.sequence === 2);
      const throughClusterIp = await clusterIp.stop();
      await worker.mend();
      await recovered(cluster, gateway);

      const report = await balanced.stop();
      figures({
        ...loadFigures(report),
        struck: `${strikeMs}ms`,
        out: `${outMs}ms`,
        leaderSucceeded: `${succeededMs}ms`,
        notHighlyAvailable: `${notHighlyAvailableMs}ms`,
        replaced: `${replacedMs}ms`,
        clusterIpSent: throughClusterIp.sent,
        clusterIpFailed: throughClusterIp.failed,
        clusterIpLastFailure: `${(throughClusterIp.lastFailureDueAt ?? struckAt) - struckAt}ms`,
      });
      expectComplete(report);
      expectComplete(throughClusterIp);
      const sentThere = { server: `instance-${lost + 1}`, from: struckAt, to: struckAt + outMs };
      expect(report.failures.filter((failure) => !explains(sentThere, failure)).map(failureLine)).toEqual([]);
      expect(report.failures).toHaveLength(report.failed);
      expect(outMs).toBeLessThanOrEqual(OUT_MS);
      expect(succeededMs).toBeLessThanOrEqual(SUCCEEDED_MS);
      expect(notHighlyAvailableMs).toBeLessThanOrEqual(NOT_HIGHLY_AVAILABLE_MS);
      expect(replacedMs).toBeLessThanOrEqual(REPLACED_MS);
    },
    480_000,
  );
}

/** A pod may be reached from outside the cluster at its own ports. */
function address({ status }: Pod): InstanceAddress {
  return { host: status.podIP!, port: containerPort(80), statusPort: STATUS_PORT };
}

/** Resolves when as many instances as before are ready, all on other nodes. */
async function replaced(gateway: Gateway, before: Pod[], worker: Worker): Promise<void> {
  await eventually(
    `an instance elsewhere replaces that of ${worker.name}`,
    async () => {
      const elsewhere = (await gateway.pods()).filter(({ spec }) => spec.nodeName !== worker.name);
      return elsewhere.filter(isReady).length === before.length;
    },
    { timeoutMs: 200_000, everyMs: 250 },
  );
}

async function recovered(cluster: Cluster, gateway: Gateway): Promise<void> {
  await gateway.noneEnds();
  await gateway.conditionThat('HighlyAvailable', 'True');
  await cluster.available('holdfast-operator');
  await cluster.available('holdfast-controlplane');
}

/** Whether the request can have been sent to the server, which was lost at `from` and out at `to`. */
function explains(
  { server, from, to }: { server: string; from: number; to: number },
  { dueAt, elapsedMs, servedBy }: Failure,
): boolean {
  const underWay = dueAt <= to && dueAt >= from - REQUEST_TIMEOUT_MS && dueAt + elapsedMs >= from;
  return underWay && (servedBy === undefined || servedBy === server);
}
