import type { ObjectMeta } from '@holdfast/kube/objects/object.ts';
import { dataPlaneKeys } from './data-plane-key.ts';

const LABELS = { 'holdfast.dev/data-plane': 'edge' };
const OWNER = {
  apiVersion: 'holdfast.dev/v1alpha1',
  kind: 'DataPlane',
  name: 'core',
  uid: 'u',
  controller: true,
};

test.each<[string, Partial<ObjectMeta>, string[]]>([
  ['the label', { labels: LABELS }, ['a/edge']],
  ['the controller', { ownerReferences: [OWNER] }, ['a/core']],
  ['both, where a hand changed one', { labels: LABELS, ownerReferences: [OWNER] }, ['a/edge', 'a/core']],
  ['both, once', { labels: LABELS, ownerReferences: [{ ...OWNER, name: 'edge' }] }, ['a/edge']],
  ['an owner that is not the controller: nobody', { ownerReferences: [{ ...OWNER, controller: false }] }, []],
  ['a controller of another group: nobody', { ownerReferences: [{ ...OWNER, apiVersion: 'x/v1' }] }, []],
  ['an empty label: nobody', { labels: { 'holdfast.dev/data-plane': '' } }, []],
])('an object belongs to whom it names by %s', (_title, metadata, keys) => {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: 'a', ...metadata } };
  expect(dataPlaneKeys(object)).toEqual(keys);
});
