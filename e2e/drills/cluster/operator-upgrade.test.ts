/** Drill f, third part: an operator with another default takes over, and the built one again. */
import type { KubeObject } from '@holdfast/kube/objects/object.ts';
import { DATA_PLANES, DEPLOYMENTS } from '@holdfast/operator/watches/resources.ts';
import { expectNothingLost, loadFigures } from '../../harness/account.ts';
import { eventually } from '../../harness/eventually.ts';
import { Drift, SPARE_LISTENER } from '../fixtures/drift.ts';
import { drill } from '../fixtures/drill.ts';
import { Gateway } from '../fixtures/gateway.ts';
import { DATA_PLANE, dataPlane } from '../fixtures/manifests.ts';
import { OperatorVariant } from '../fixtures/operator-variant.ts';
import { podIdentities } from '../fixtures/pod-identities.ts';
import { Release } from '../fixtures/release.ts';

const BUILT_REQUEST = '256Mi';
const NEWER = 'newer';

interface DeploymentObject extends KubeObject {
  spec: { template: { spec: { containers: { resources: { requests: { memory: string } } }[] } } };
}

drill(
  'I6: an operator with another default restarts no pod, and gives the default to what is made from then on',
  async ({ cluster, stage, figures }) => {
    const release = stage.own(new Release(cluster));
    const variant = await OperatorVariant.build(stage, cluster);
    const gateway = await Gateway.open(stage, cluster, {
      listeners: [{ name: 'http', port: 80 }, SPARE_LISTENER],
    });
    const before = podIdentities(await gateway.pods());
    const load = await gateway.load(stage);

    await release.install(...variant.settings);
    await release.available();
    const newer = dataPlane(gateway.namespace, { replicas: 1 });
    await cluster.apply(DATA_PLANES, { ...newer, metadata: { ...newer.metadata, name: NEWER } });
    expect(await memoryRequest(gateway, NEWER)).toBe(variant.memoryRequest);
    // A repair shows that the operator has been at work on this DataPlane too.
    await (await Drift.make(gateway)).repaired();
    expect(await memoryRequest(gateway, DATA_PLANE)).toBe(BUILT_REQUEST);

    await release.install();
    await release.available();
    await (await Drift.make(gateway)).repaired();
    expect(await memoryRequest(gateway, NEWER)).toBe(variant.memoryRequest);
    await eventually('the instance too many has gone', async () => (await gateway.pods()).length === 3);

    const report = await load.stop();
    figures(loadFigures(report));
    expectNothingLost(report);
    expect(podIdentities(await gateway.pods())).toEqual(before);
  },
);

/** Resolves when there is the Deployment. */
function memoryRequest({ cluster, namespace }: Gateway, name: string): Promise<string> {
  return eventually(`Deployment ${name} is there`, async () => {
    const { spec } = await cluster.client.get<DeploymentObject>(DEPLOYMENTS, { namespace, name });
    return spec.template.spec.containers[0]!.resources.requests.memory;
  });
}
