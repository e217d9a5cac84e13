import { dataPlane } from '../fixtures/data-plane.ts';
import { selectorLabels } from '../specs/child-metadata.ts';
import type { PodObject } from '../status/observation.ts';
import { nextLookMs, podsOf } from './fleet-pods.ts';

function pod(changes: Partial<PodObject['metadata']> = {}): PodObject {
  const controller = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'edge-abc',
    uid: 'r',
    controller: true,
  };
  const labels = selectorLabels({ namespace: 'default', name: 'edge' });
  const metadata = {
    name: 'edge-abc-1',
    namespace: 'default',
    labels,
    ownerReferences: [controller],
    ...changes,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: {} };
}

test('the pods of the Deployment are its instances', () => {
  expect(podsOf(dataPlane(), [pod()])).toHaveLength(1);
});

test.each<[string, Partial<PodObject['metadata']>]>([
  ['another namespace', { namespace: 'other' }],
  ['other labels', { labels: { 'app.kubernetes.io/instance': 'edge' } }],
  ['no controller', { ownerReferences: [] }],
  [
    "another DataPlane's ReplicaSet",
    {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'other-abc', uid: 'r', controller: true },
      ],
    },
  ],
])('a pod with %s is none', (_title, changes) => {
  expect(podsOf(dataPlane(), [pod(changes)])).toEqual([]);
});

test('a large fleet is looked at less often', () => {
  expect([nextLookMs(0, 0.5), nextLookMs(100, 0.5), nextLookMs(1000, 0.5)]).toEqual([5_000, 5_000, 50_000]);
});
