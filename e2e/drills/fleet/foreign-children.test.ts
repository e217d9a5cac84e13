/** Drill h: objects of the same names that belong to somebody else. */
import type { UntypedObject } from '@holdfast/kube/objects/object.ts';
import { DEPLOYMENTS, SERVICES } from '@holdfast/operator/watches/resources.ts';
import { eventually } from '../../harness/eventually.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway, isReady } from '../fixtures/gateway.ts';
import { DATA_PLANE } from '../fixtures/manifests.ts';

drill(
  "somebody else's Service stays untouched and is named, and once it is gone the DataPlane gets its own",
  async ({ cluster, stage }) => {
    const gateway = await Gateway.prepare(stage, cluster);
    await gateway.publish('1');
    const { namespace } = gateway;
    const name = { namespace, name: DATA_PLANE };
    const theirs = await cluster.apply(SERVICES, foreignService(namespace));
    await gateway.apply({ replicas: 2 });

    const { message } = await gateway.conditionThat('Ready', 'False', { reason: 'ChildNotOwned' });
    expect(message).toContain(`Service ${namespace}/${DATA_PLANE}`);
    // The other children are made all the same, in a namespace whose pod security is `restricted`.
    await eventually(
      'the instances are ready',
      async () => {
        const pods = await gateway.pods();
        return pods.length === 2 && pods.every(isReady);
      },
      { timeoutMs: 60_000 },
    );
    const found = await cluster.client.get<UntypedObject>(SERVICES, name);
    expect(found.metadata.resourceVersion).toBe(theirs.metadata.resourceVersion);

    await cluster.client.delete(SERVICES, name);
    await gateway.conditionThat('Ready', 'True');
    const [deployment, own] = await Promise.all([
      cluster.client.get<UntypedObject>(DEPLOYMENTS, name),
      cluster.client.get<UntypedObject>(SERVICES, name),
    ]);
    expect(own.metadata.ownerReferences).toEqual(deployment.metadata.ownerReferences);
  },
);

function foreignService(namespace: string): UntypedObject {
  const spec = { selector: { app: 'theirs' }, ports: [{ name: 'http', port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: DATA_PLANE, namespace }, spec };
}
