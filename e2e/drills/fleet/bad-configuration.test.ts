/** Drill e: configuration that is broken, and none at all. */
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually, Mark } from '../../harness/eventually.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { BACKEND, configuration, DATA_PLANE } from '../fixtures/manifests.ts';

const BROKEN = JSON.stringify({
  routes: [{ name: 'everything', backendRefs: [{ name: BACKEND, weight: 'heavy' }] }],
  backends: [{ name: BACKEND, service: { name: BACKEND, port: 80 } }],
});

drill(
  'I3: a broken ConfigMap is refused and named by condition and Event, and the last good configuration serves on',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.open(stage, cluster, { replicas: 2 });
    const load = await gateway.load(stage);
    const written = new Mark();
    await gateway.configure(configuration(gateway.namespace, BROKEN));
    const { reason, message } = await gateway.conditionThat('ConfigAccepted', 'False');
    const refusedMs = written.elapsedMs();
    expect(reason).toBe('Refused');
    expect(message).toContain(`${DATA_PLANE}-routes`);
    expect(message).toContain('/routes/0/backendRefs/0/weight');
    await eventually('an Event carries the pointer', async () =>
      (await gateway.events()).some(
        (note) => note.startsWith('Warning') && note.includes('/routes/0/backendRefs/0/weight'),
      ),
    );
    expect((await gateway.condition('Ready'))?.status).toBe('True');
    await gateway.everyInstance('serves revision 1', ({ revision }) => revision?.sequence === 1);

    await gateway.publish('2');
    await gateway.everyInstance('serves revision 2', ({ revision }) => revision?.sequence === 2);
    await gateway.conditionThat('ConfigAccepted', 'True');
    const report = await load.stop();
    figures({ refused: `${refusedMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
  },
);

drill(
  'a DataPlane without configuration is not Ready and says what to create; with it, it becomes Ready',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.prepare(stage, cluster);
    await gateway.apply({ replicas: 2 });
    const { message } = await gateway.conditionThat('Ready', 'False', { reason: 'NoConfiguration' });
    expect(message).toContain(`holdfast.dev/configuration-for: ${DATA_PLANE}`);
    await gateway.everyInstance('is live and not ready (I2)', ({ healthy, ready }) => healthy && !ready);

    const written = new Mark();
    await gateway.publish('1');
    await gateway.conditionThat('Ready', 'True');
    figures({ ready: `${written.elapsedMs()}ms` });
  },
);
