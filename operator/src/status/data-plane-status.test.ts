import { FLEET, instance, observation } from '../fixtures/observation.ts';
import { desiredStatus } from './data-plane-status.ts';

test('the figures are those of the Deployment, and ready is what is ready of what is wanted', () => {
  const deployment = { replicas: 5, readyReplicas: 3, availableReplicas: 2, updatedReplicas: 1 };
  expect(desiredStatus(observation({ replicas: 4, deployment }))).toMatchObject({
    observedGeneration: 4,
    replicas: 5,
    readyReplicas: 3,
    availableReplicas: 2,
    updatedReplicas: 1,
    ready: '3/4',
    selector: 'app.kubernetes.io/name=holdfast-dataplane,app.kubernetes.io/instance=edge',
  });
});

test('without a Deployment all figures are 0', () => {
  expect(desiredStatus(observation({ deployment: undefined }))).toMatchObject({ replicas: 0, ready: '0/3' });
});

test('what the control plane writes is no part of it', () => {
  const status = desiredStatus(observation());
  expect(status).not.toHaveProperty('revision');
  expect(status.conditions.map(({ type }) => type as string)).not.toContain('ConfigAccepted');
});

test('the same observation gives the same status, in whatever order pods are seen', () => {
  const backwards = { ...observation(), pods: FLEET.toReversed() };
  expect(desiredStatus(backwards)).toEqual(desiredStatus(observation()));
});

test('an instance is shown with its place, its revision and its stream', () => {
  const { list } = desiredStatus(observation({ pods: [instance('edge-a', 'n1')] })).instances;
  expect(list).toEqual([
    {
      name: 'edge-a',
      state: 'Ready',
      node: 'n1',
      zone: 'zone-a',
      revision: 7,
      connected: true,
      since: '2026-11-22T08:00:00Z',
    },
  ]);
});

test('each instance is in one state', () => {
  const pods = [
    instance('ready', 'n1'),
    instance('degraded', 'n1', {
      document: { degraded: true, reasons: [{ code: 'WorkersMissing', message: 'fewer workers' }] },
    }),
    instance('not-ready', 'n1', { inService: false }),
    instance('starting', 'n1', { inService: false, silent: true }),
    instance('draining', 'n1', { inService: false, document: { draining: true } }),
    instance('deleted', 'n1', { deleted: true }),
    instance('unreachable', 'n1', { silent: true }),
  ];
  const { list, ...counts } = desiredStatus(observation({ pods })).instances;
  expect(counts).toEqual({ ready: 2, notReady: 2, draining: 2, unreachable: 1 });
  expect(list.map(({ name, message }) => (message === undefined ? name : `${name}: ${message}`))).toEqual([
    'unreachable',
    'not-ready',
    'starting',
    'deleted',
    'draining',
    'degraded: fewer workers',
    'ready',
  ]);
});

test('the list is bounded, with the troubled ones in it, and the counts are of all', () => {
  const pods = Array.from({ length: 80 }, (_, index) =>
    instance(`edge-${index}`, 'n1', { silent: index === 79 }),
  );
  const { list, ready } = desiredStatus(observation({ pods })).instances;
  expect([list.length, list[0]!.name, ready]).toEqual([50, 'edge-79', 79]);
});

test('a very long message is cut to what the schema takes', () => {
  const document = { reasons: [{ code: 'NoRevision' as const, message: 'x'.repeat(5000) }] };
  const { list } = desiredStatus(observation({ pods: [instance('edge-a', 'n1', { document })] })).instances;
  expect(list[0]!.message).toHaveLength(1024);
});

test.each([
  [
    'those of the load balancer where there are some',
    [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }],
    ['192.0.2.1', 'lb.example.com'],
  ],
  ['the cluster addresses where there is none', [], ['10.0.0.1', 'fd00::1']],
])('addresses are %s', (_title, ingress, expected) => {
  const metadata = { name: 'edge' };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIPs: ['10.0.0.1', 'fd00::1'] },
    status: { loadBalancer: { ingress } },
  };
  expect(desiredStatus(observation({ service })).addresses.map(({ value }) => value)).toEqual(expected);
});
