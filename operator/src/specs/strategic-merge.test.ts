import { OperatorError } from '../errors.ts';
import { strategicMerge } from './strategic-merge.ts';

const BASE = {
  metadata: { labels: { app: 'edge' } },
  spec: {
    containers: [
      { name: 'dataplane', image: 'a:1', args: ['--a', '--b'], env: [{ name: 'A', value: '1' }] },
      { name: 'second', image: 'b:1' },
    ],
    volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
    tolerations: [{ key: 'a' }],
  },
};

function merged(patch: Record<string, unknown>) {
  return strategicMerge(BASE, patch, 'podTemplate');
}

function mergedSpec(spec: Record<string, unknown>) {
  return merged({ spec }).spec;
}

test('an empty patch changes nothing', () => {
  expect(merged({})).toEqual(BASE);
});

test('objects merge field by field, and null removes a field', () => {
  expect(merged({ metadata: { labels: { app: null, tier: 'front' } } }).metadata).toEqual({
    labels: { tier: 'front' },
  });
});

test('null in what is new is left out', () => {
  expect(mergedSpec({ affinity: { nodeAffinity: { a: null } } })).toMatchObject({
    affinity: { nodeAffinity: {} },
  });
});

test('containers merge by name, in their place, and a new one comes last', () => {
  const containers = [{ name: 'third' }, { name: 'dataplane', image: 'a:2' }];
  expect(mergedSpec({ containers })).toMatchObject({
    containers: [
      { name: 'dataplane', image: 'a:2', args: ['--a', '--b'] },
      { name: 'second' },
      { name: 'third' },
    ],
  });
});

test('variables merge by name inside their container', () => {
  const env = [
    { name: 'A', value: '2' },
    { name: 'B', value: '3' },
  ];
  expect(mergedSpec({ containers: [{ name: 'dataplane', env }] })).toMatchObject({
    containers: [{ env }, {}],
  });
});

test.each([
  [
    'arguments',
    { containers: [{ name: 'dataplane', args: ['--c'] }] },
    { containers: [{ args: ['--c'] }, {}] },
  ],
  ['tolerations', { tolerations: [{ key: 'b' }] }, { tolerations: [{ key: 'b' }] }],
])('%s, which have no merge key, are replaced whole', (_title, spec, expected) => {
  expect(mergedSpec(spec)).toMatchObject(expected);
});

test('$patch: delete removes an item of a list', () => {
  expect(mergedSpec({ containers: [{ name: 'second', $patch: 'delete' }] })).toMatchObject({
    containers: [{ name: 'dataplane' }],
  });
});

test('$patch: replace as an item replaces the list', () => {
  const containers = [{ $patch: 'replace' }, { name: 'only' }];
  expect(mergedSpec({ containers })).toMatchObject({ containers: [{ name: 'only' }] });
});

test('$patch: replace in an object replaces the object', () => {
  expect(merged({ metadata: { $patch: 'replace', annotations: { a: 'b' } } }).metadata).toEqual({
    annotations: { a: 'b' },
  });
});

test('$retainKeys makes another kind of a volume', () => {
  const volumes = [{ name: 'cache', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/cache' } }];
  expect(mergedSpec({ volumes })).toMatchObject({
    volumes: [{ name: 'cache', hostPath: { path: '/cache' } }],
  });
  expect(JSON.stringify(mergedSpec({ volumes }))).not.toContain('emptyDir');
});

test('neither the base nor the patch is changed', () => {
  const before = structuredClone(BASE);
  const patch = { spec: { containers: [{ name: 'dataplane', env: [{ name: 'A', $patch: 'delete' }] }] } };
  const patchBefore = structuredClone(patch);
  merged(patch);
  expect([BASE, patch]).toEqual([before, patchBefore]);
});

test('a field named __proto__ is a field like any other', () => {
  const result = merged(JSON.parse('{"metadata": {"labels": {"__proto__": "x"}}}'));
  expect(JSON.stringify(result.metadata)).toContain('"__proto__":"x"');
  expect(Object.getPrototypeOf((result.metadata as { labels: object }).labels)).toBe(Object.prototype);
});

test.each<[string, Record<string, unknown>, string]>([
  [
    'containers that are no list',
    { spec: { containers: {} } },
    'podTemplate.spec.containers: expected a list of objects, found object',
  ],
  [
    'a list of texts for containers',
    { spec: { containers: ['a'] } },
    'podTemplate.spec.containers: expected a list of objects, found a list',
  ],
  [
    'a container without name',
    { spec: { containers: [{ image: 'a' }] } },
    'podTemplate.spec.containers[0].name: expected a value: it tells items apart, found undefined',
  ],
  ['a text for an object', { metadata: 'secret' }, 'podTemplate.metadata: expected an object, found string'],
  [
    'an unknown value of $patch',
    { spec: { $patch: 'remove' } },
    'podTemplate.spec.$patch: expected merge, replace or delete, found string',
  ],
  [
    'another directive',
    { spec: { '$setElementOrder/containers': [] } },
    'podTemplate.spec: expected only the directives $patch and $retainKeys, found string',
  ],
  [
    '$retainKeys that is no list',
    { spec: { $retainKeys: 'a' } },
    'podTemplate.spec.$retainKeys: expected a list of fields, found string',
  ],
  [
    '$patch: replace with more in its item',
    { spec: { volumes: [{ name: 'cache', $patch: 'replace' }] } },
    'podTemplate.spec.volumes[0]: expected $patch: replace alone, as it replaces the whole list, found object',
  ],
])('%s is refused with its place', (_title, patch, message) => {
  expect(() => merged(patch)).toThrow(new OperatorError('OVERLAY_INVALID', message));
});
