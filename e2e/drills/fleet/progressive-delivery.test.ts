/** Drill: a revision that makes requests fail, and the end of the leader in the middle of a rollout, under load. */
import type { ConfigRevision } from '@holdfast/api/config-revision.ts';
import { CONFIG_REVISIONS } from '@holdfast/controlplane/kubernetes/objects.ts';
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { type Cluster, SYSTEM_NAMESPACE } from '../fixtures/cluster.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { leaderOf, succeeded } from '../fixtures/leader.ts';
import { BACKEND, configuration } from '../fixtures/manifests.ts';

const PROGRESSIVE = { configuration: { rollout: { strategy: 'Progressive' } } };
const BACK_MS = 30_000;
const PROMOTED = { timeoutMs: 120_000, everyMs: 500 };

/** A port that the Service does not have: no endpoint will ever answer. */
const BROKEN = JSON.stringify({
  routes: [{ name: 'everything', backendRefs: [{ name: BACKEND }] }],
  backends: [{ name: BACKEND, service: { name: BACKEND, port: 81 } }],
});

async function revisions(cluster: Cluster, { namespace }: Gateway): Promise<ConfigRevision[]> {
  return (await cluster.list(CONFIG_REVISIONS, namespace)) as unknown as ConfigRevision[];
}

async function phaseOf(cluster: Cluster, gateway: Gateway, sequence: number): Promise<string | undefined> {
  const found = (await revisions(cluster, gateway)).find(({ spec }) => spec.sequence === sequence);
  return found?.status?.phase;
}

async function triers(gateway: Gateway): Promise<string[]> {
  const pods = await gateway.pods();
  const documents = await Promise.all(pods.map(({ metadata }) => gateway.status(metadata.name)));
  return documents.filter(({ revision }) => revision?.trial).map(({ instance }) => instance);
}

drill(
  'a revision whose backend is broken reaches one canary, which is put back; status, Event, metric and kubectl tell it',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster, PROGRESSIVE);
    const load = await gateway.load(stage);
    const tried = new Set<string>();
    const published = new Mark();
    await gateway.configure(configuration(gateway.namespace, BROKEN));
    await eventually(
      'it is rolled back',
      async () => {
        for (const name of await triers(gateway)) tried.add(name);
        return (await phaseOf(cluster, gateway, 2)) === 'RolledBack';
      },
      { timeoutMs: BACK_MS },
    );
    await gateway.everyInstance('serves revision 1', ({ revision }) => revision?.sequence === 1);
    const backMs = published.elapsedMs();
    expect(backMs).toBeLessThanOrEqual(BACK_MS);
    expect(tried.size).toBe(1);
    const { message } = await gateway.conditionThat('ConfigAccepted', 'False', { reason: 'RolledBack' });
    expect(message).toContain('revision 1 goes on: revision 2: TooManyErrors');
    await eventually('the Event', async () =>
      (await gateway.events()).some((note) => note.startsWith('Warning RevisionRolledBack: edge-2')),
    );
    const table = await cluster.kubectl('-n', gateway.namespace, 'get', 'configrevisions');
    expect(table).toMatch(/^NAME +DATA-PLANE +SEQUENCE +PHASE +INSTANCES +AGE +REASON$/m);
    expect(table).toMatch(/^edge-2 +edge +2 +RolledBack +\S+ +\S+ +TooManyErrors$/m);
    expect((await gateway.condition('Ready'))?.status).toBe('True');

    await gateway.publish('good');
    await gateway.everyInstance(
      'serves revision 3 for good',
      ({ revision }) => revision?.sequence === 3 && revision.trial === false,
      PROMOTED,
    );
    const report = await load.stop();
    figures({ back: `${backMs}ms`, canaries: tried.size, ...loadFigures(report) });
  },
);

drill(
  'the leader is killed in the middle of a rollout: it ends promoted everywhere, and no request is lost',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster, PROGRESSIVE);
    const load = await gateway.load(stage);
    await gateway.publish('2');
    await eventually('a canary tries it', async () => (await triers(gateway)).length > 0, PROMOTED);
    const leader = await leaderOf(cluster, 'holdfast-controlplane');
    const killed = new Mark();
    await cluster.kubectl('-n', SYSTEM_NAMESPACE, 'delete', 'pod', leader.pod, '--grace-period=0', '--force');
    await succeeded(cluster, 'holdfast-controlplane', leader);
    await gateway.everyInstance(
      'serves revision 2 for good',
      ({ revision }) => revision?.sequence === 2 && revision.trial === false,
      PROMOTED,
    );
    const promotedMs = killed.elapsedMs();
    await eventually('it is active', async () => (await phaseOf(cluster, gateway, 2)) === 'Active', PROMOTED);
    const report = await load.stop();
    figures({ promoted: `${promotedMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
  },
);
