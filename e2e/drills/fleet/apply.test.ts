/** Drill a: a DataPlane is applied, becomes ready, and is scaled by people and autoscalers. */
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import type { Resource } from '@holdfast/kube/objects/resource.ts';
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { Mark } from '../../harness/eventually.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { DATA_PLANE } from '../fixtures/manifests.ts';

const AUTOSCALERS: Resource = {
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
};

drill(
  'apply, wait, get, scale and a HorizontalPodAutoscaler work as users know them',
  async ({ cluster, stage, figures }) => {
    const gateway = await Gateway.prepare(stage, cluster);
    await gateway.publish('1');
    const kubectl = (...args: string[]) => cluster.kubectl('-n', gateway.namespace, ...args);
    const applied = new Mark();
    await gateway.apply({ replicas: 3 });
    await kubectl('wait', '--for=condition=Ready', `dataplane/${DATA_PLANE}`, '--timeout=120s');
    const readyMs = applied.elapsedMs();
    await gateway.conditionThat('HighlyAvailable', 'True');
    const [header, row] = (await kubectl('get', 'dp', DATA_PLANE))
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(header).toEqual(['NAME', 'READY', 'UPDATED', 'REVISION', 'CONTROL-PLANE', 'HA', 'AGE']);
    expect(row!.slice(0, -1)).toEqual([DATA_PLANE, '3/3', '3', '1', 'True', 'True']);

    const load = await gateway.load(stage);
    await kubectl('scale', `dp/${DATA_PLANE}`, '--replicas=2');
    await gateway.conditionThat('Progressing', 'False');
    await gateway.readyInstances('2/2');
    const scaled = new Mark();
    await cluster.apply(AUTOSCALERS, autoscaler(gateway.namespace, 4));
    await gateway.readyInstances('4/4');
    const autoscaledMs = scaled.elapsedMs();
    const report = await load.stop();
    figures({ ready: `${readyMs}ms`, autoscaled: `${autoscaledMs}ms`, ...loadFigures(report) });
    expectNothingLost(report);
  },
);

/** Without metrics it can do one thing: keep the number of instances within its bounds. */
function autoscaler(namespace: string, minReplicas: number): UntypedObject {
  const scaleTargetRef = { apiVersion: 'holdfast.dev/v1alpha1', kind: 'DataPlane', name: DATA_PLANE };
  return {
    apiVersion: 'autoscaling/v2',
    kind: AUTOSCALERS.kind,
    metadata: { name: DATA_PLANE, namespace },
    spec: { scaleTargetRef, minReplicas, maxReplicas: 6 },
  };
}
