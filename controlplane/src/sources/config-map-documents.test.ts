import type { ConfigMap } from '../kubernetes/objects.ts';
import { fingerprintOf, isAbout, readConfigMaps } from './config-map-documents.ts';

function configMap(name: string, data?: Record<string, string>, resourceVersion = '1'): ConfigMap {
  const metadata = { name, namespace: 'default', uid: name, resourceVersion };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...(data && { data }) };
}

test('each key that ends in .yaml, .yml or .json is a document, in the order of the names', async () => {
  const maps = [
    configMap('b', { 'z.json': '{"routes":[]}' }),
    configMap('a', { 'y.yml': 'routes: []', 'x.yaml': 'backends: []', 'notes.txt': '{' }),
  ];
  const reading = await readConfigMaps(maps);
  expect(reading).toMatchObject({
    kind: 'documents',
    documents: [
      { source: 'ConfigMap a, key x.yaml', value: { backends: [] } },
      { source: 'ConfigMap a, key y.yml' },
      { source: 'ConfigMap b, key z.json' },
    ],
  });
});

test('I5: without any ConfigMap the documents are absent, which is not the same as empty', async () => {
  expect(await readConfigMaps([])).toMatchObject({ kind: 'absent' });
});

test('I5: a ConfigMap that does not parse, or holds no document, breaks the whole and is named', async () => {
  const good = configMap('good', { 'a.yaml': 'routes: []' });
  const maps = [
    good,
    configMap('torn', { 'a.yaml': 'routes: [' }),
    configMap('emptied'),
    configMap('bare', {}),
  ];
  const reading = await readConfigMaps(maps);
  expect(reading.kind).toBe('broken');
  const problems = reading.kind === 'broken' ? reading.problems : [];
  expect(problems.map(({ source }) => source)).toEqual(
    expect.arrayContaining(['ConfigMap torn, key a.yaml', 'ConfigMap emptied', 'ConfigMap bare']),
  );
  expect(problems.some((problem) => isAbout(problem, good))).toBe(false);
});

test('a problem is about the ConfigMap whose name it gives, and not about one whose name begins alike', () => {
  const problem = { source: 'ConfigMap edge, key a.yaml (document 2)', pointer: '', expected: '', found: '' };
  expect([isAbout(problem, configMap('edge')), isAbout(problem, configMap('ed'))]).toEqual([true, false]);
});

test('the fingerprint changes with each change of a ConfigMap, and not with their order', () => {
  const [a, b, changed] = [configMap('a'), configMap('b'), configMap('b', {}, '2')];
  expect(fingerprintOf([a, b])).toBe(fingerprintOf([b, a]));
  expect(fingerprintOf([a, changed])).not.toBe(fingerprintOf([a, b]));
});
