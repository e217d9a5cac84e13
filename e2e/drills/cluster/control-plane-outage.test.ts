/** Drill b: three minutes without a control plane, in which a container is killed and every backend pod is replaced. */
import { expectComplete, failureLine, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { probe } from '../../harness/probe.ts';
import { killContainer } from '../fixtures/containers.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, isReady } from '../fixtures/gateway.ts';
import { BACKEND } from '../fixtures/manifests.ts';

const OUTAGE_MS = 180_000;
const BACK_FROM_DISK_MS = 25_000;
const CONVERGED_MS = 15_000;
/** The longest time that a node goes on sending new connections to a container that has gone. */
const NOTICED_MS = 5_000;

drill(
  'I1: without a control plane for three minutes nothing is lost, and afterwards every pod takes what changed',
  async ({ cluster, stage, figures }) => {
    stage.own({ close: () => cluster.scaleControlPlane(2) });
    const gateway = await Gateway.open(stage, cluster);
    const load = await gateway.load(stage);
    await cluster.scaleControlPlane(0);
    await gateway.everyInstance('is alone', ({ controlPlane }) => !controlPlane.connected);
    const away = new Mark();
    const { message } = await gateway.conditionThat('ControlPlaneConnected', 'False');
    expect(message).toMatch(/since 20\d\d-\d\d-\d\dT/);

    await cluster.kubectl('-n', gateway.namespace, 'rollout', 'restart', `deployment/${BACKEND}`);
    await cluster.kubectl(
      '-n',
      gateway.namespace,
      'rollout',
      'status',
      `deployment/${BACKEND}`,
      '--timeout=90s',
    );
    const { headers } = await probe(await gateway.url());
    const backends = await cluster.kubectl('-n', gateway.namespace, 'get', 'pods', '-o', 'name');
    expect(backends).toContain(`pod/${headers['backend-name']}`);

    const victim = (await gateway.pods())[0]!;
    const killed = new Mark();
    const killedAt = Date.now();
    await killContainer(cluster, victim);
    await eventually(
      'the killed container is ready again',
      async () => {
        const pod = await gateway.pod(victim.metadata.name);
        return isReady(pod) && pod.status.containerStatuses?.[0]?.restartCount === 1;
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
    const backMs = killed.elapsedMs();
    expect((await gateway.status(victim.metadata.name)).revision).toMatchObject({
      sequence: 1,
      origin: 'disk',
    });

    await gateway.publish('2');
    await away.reach(OUTAGE_MS);
    expect((await gateway.pods()).every(isReady)).toBe(true);
    expect((await gateway.condition('Ready'))?.status).toBe('True');
    await cluster.scaleControlPlane(2);
    await cluster.available('holdfast-controlplane');
    const returned = new Mark();
    await gateway.everyInstance('serves revision 2', ({ revision }) => revision?.sequence === 2);
    const convergedMs = returned.elapsedMs();
    await gateway.conditionThat('ConfigSynced', 'True');
    expect((await gateway.dataPlane()).status?.revision?.sequence).toBe(2);
    const statusMs = returned.elapsedMs();

    const report = await load.stop();
    const byTheKill = report.failures.filter(
      ({ dueAt, elapsedMs }) => dueAt + elapsedMs >= killedAt && dueAt <= killedAt + NOTICED_MS,
    );
    figures({
      ...loadFigures(report),
      lostByTheKill: byTheKill.length,
      killedReadyAgain: `${backMs}ms`,
      converged: `${convergedMs}ms`,
      statusSaysSo: `${statusMs}ms`,
    });
    expectComplete(report);
    expect(report.failures.filter((failure) => !byTheKill.includes(failure)).map(failureLine)).toEqual([]);
    expect(backMs).toBeLessThanOrEqual(BACK_FROM_DISK_MS);
    expect(statusMs).toBeLessThanOrEqual(CONVERGED_MS);
  },
  480_000,
);
