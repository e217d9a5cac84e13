import { parseDocuments } from './document-parser.ts';
import { parseText } from './document-text.ts';

test('documents of one file are separated by ---, and named by their number', () => {
  const { documents, problems } = parseText('edge.yaml', 'routes: []\n---\nbackends: []\n');
  expect(problems).toEqual([]);
  expect(documents).toEqual([
    { source: 'edge.yaml (document 1)', value: { routes: [] } },
    { source: 'edge.yaml (document 2)', value: { backends: [] } },
  ]);
});

test.each(['', '# nothing but a comment\n', '---\n'])(
  'text without content (%j) is one empty document',
  (text) => {
    expect(parseText('edge.yaml', text).documents).toEqual([{ source: 'edge.yaml', value: null }]);
  },
);

test('a document cut off after its separator shows as an empty one, which is refused later', () => {
  expect(parseText('edge.yaml', 'routes: []\n---\n').documents[1]?.value).toBeNull();
});

test.each([
  ['a key twice', 'routes: []\nroutes: []\n', 'line 2, column 1'],
  ['a key twice in JSON', '{"routes": [],\n "routes": []}', 'line 2, column 2'],
  ['a tag that means nothing here', 'routes: !!js/function x\n', 'line 1'],
  ['a key that is no text', '? {a: 1}\n: 2\n', 'line 1'],
  ['an open quote', 'routes: "\n', 'line'],
  ['JSON cut off', '{"routes": [', 'line 1'],
])('%s is a problem that names the place', (_what, text, place) => {
  const { problems } = parseText('edge.yaml', text);
  expect(problems[0]).toMatchObject({ source: 'edge.yaml', pointer: '' });
  expect(problems[0]!.found).toContain(place);
});

test('aliases that multiply end at a bound', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const alias = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array(10).fill(alias).join(', ')}]`);
  }
  expect(parseText('bomb.yaml', lines.join('\n')).problems).toHaveLength(1);
});

test('nesting without end is a problem, not a crash', () => {
  expect(parseText('deep.yaml', '['.repeat(50_000)).problems.length).toBeGreaterThan(0);
});

test.each(['__proto__: {polluted: true}\n', '{"__proto__": {"polluted": true}}'])(
  '%j reaches no prototype and stays visible as a key',
  (text) => {
    const { value } = parseText('edge.yaml', text).documents[0]!;
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  },
);

test('a large text is parsed in a thread, with the same result', async () => {
  const lines = Array.from({ length: 2_000 }, (_, index) => `  - {name: route-${index}}\n`);
  const text = `routes:\n${lines.join('')}`;
  expect(await parseDocuments('large.yaml', text)).toEqual(parseText('large.yaml', text));
});
