import { podSpecOf } from '../fixtures/child-objects.ts';

test.each([
  ['10s', '60s', 75],
  ['0s', '0s', 5],
  ['1m30s', '1500ms', 97],
  ['10m', '24h', 87_005],
])('a drain of %s and %s has a grace period of %d s: both and 5 s to end', (delay, timeout, seconds) => {
  const { terminationGracePeriodSeconds } = podSpecOf({ availability: { drain: { delay, timeout } } });
  expect(terminationGracePeriodSeconds).toBe(seconds);
});

test('a pod leaves a lost node after nodeLossTolerationSeconds', () => {
  const { tolerations } = podSpecOf({ availability: { nodeLossTolerationSeconds: 7 } });
  expect(tolerations.map(({ key, effect, tolerationSeconds }) => [key, effect, tolerationSeconds])).toEqual([
    ['node.kubernetes.io/not-ready', 'NoExecute', 7],
    ['node.kubernetes.io/unreachable', 'NoExecute', 7],
  ]);
});

test('an overlay with tolerations of its own does not bring back the 300 seconds of Kubernetes', () => {
  const pool = { key: 'example.com/pool', operator: 'Exists' };
  const { tolerations } = podSpecOf({ podTemplate: { spec: { tolerations: [pool] } } });
  expect(tolerations.map(({ key }) => key)).toEqual([
    'example.com/pool',
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/unreachable',
  ]);
});

test('an overlay that tolerates the loss of a node for another time has its way', () => {
  const own = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 600 };
  const { tolerations } = podSpecOf({ podTemplate: { spec: { tolerations: [own] } } });
  expect(tolerations.filter(({ key }) => key === own.key)).toEqual([own]);
});

test('without any spread the pod has no constraints at all', () => {
  const spec = podSpecOf({ availability: { topologySpread: { hostname: 'Disabled', zone: 'Disabled' } } });
  expect(spec).not.toHaveProperty('topologySpreadConstraints');
});

test('an overlay that cannot be merged is named by its place', () => {
  expect(() => podSpecOf({ podTemplate: { spec: { containers: { name: 'dataplane' } } } })).toThrow(
    'spec.podTemplate.spec.containers: expected a list of objects, found object',
  );
});
