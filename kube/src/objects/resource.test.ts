import { objectKey, parseObjectKey } from './object.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const PLANES: Resource = {
  group: 'holdfast.dev',
  version: 'v1alpha1',
  plural: 'dataplanes',
  kind: 'DataPlane',
  namespaced: true,
};

test('paths are those of the API', () => {
  expect(collectionPath(PODS)).toBe('/api/v1/pods');
  expect(collectionPath(PLANES, 'a')).toBe('/apis/holdfast.dev/v1alpha1/namespaces/a/dataplanes');
  expect(objectPath(PLANES, { namespace: 'a', name: 'b' }, 'status')).toBe(
    '/apis/holdfast.dev/v1alpha1/namespaces/a/dataplanes/b/status',
  );
  expect(objectPath(NODES, { name: 'n' })).toBe('/api/v1/nodes/n');
  expect([apiVersionOf(PODS), apiVersionOf(PLANES)]).toEqual(['v1', 'holdfast.dev/v1alpha1']);
});

test('what comes from outside cannot leave its place in the path', () => {
  expect(objectPath(PODS, { namespace: 'a', name: '../secrets/x?y' })).toBe(
    '/api/v1/namespaces/a/pods/..%2Fsecrets%2Fx%3Fy',
  );
});

test('a missing name or namespace would address a whole collection, and is refused', () => {
  expect(() => objectPath(PODS, { namespace: 'a', name: '' })).toThrow('name: expected');
  expect(() => objectPath(PODS, { name: 'x' })).toThrow('namespace: expected');
  expect(() => collectionPath(NODES, 'a')).toThrow('namespace: nodes are cluster-wide');
});

test.each([{ namespace: 'a', name: 'b' }, { name: 'b' }])('the key of %j is read back as it was', (name) => {
  expect(parseObjectKey(objectKey(name))).toEqual(name);
});
