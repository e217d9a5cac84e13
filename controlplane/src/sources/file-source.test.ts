import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { eventually } from '../fixtures/eventually.ts';
import { documentOf, Workspace } from '../fixtures/workspace.ts';
import { FileSource } from './file-source.ts';
import { REMOVAL_SETTLE_MS } from './settling.ts';
import type { Reading } from './source.ts';

const log = pino({ level: 'silent' });
let workspace: Workspace;
let source: FileSource | undefined;
let readings: { scope: string; reading: Reading }[];

beforeEach(() => {
  workspace = new Workspace();
  readings = [];
});

afterEach(async () => {
  await source?.stop();
  source = undefined;
  workspace.remove();
});

async function start(path: string, expected: string[] = []): Promise<void> {
  const onReading = async (scope: string, reading: Reading) => void readings.push({ scope, reading });
  source = new FileSource({ path, expected, onReading, log });
  await source.start();
}

/** The sources of the documents of each reading, or its kind where it has none. */
function summary(): string[] {
  return readings.map(({ scope, reading }) => {
    const what =
      reading.kind === 'documents' ? reading.documents.map(({ source }) => source).join('+') : reading.kind;
    return `${scope} ${what}`;
  });
}

function nextReading(count: number) {
  return eventually(`reading ${count}`, () => readings[count - 1]?.reading);
}

function routesOf(reading: Reading): string[] {
  if (reading.kind !== 'documents') throw new Error(`expected documents, read ${JSON.stringify(reading)}`);
  return reading.documents.flatMap(({ value }) =>
    (value as { routes: { name: string }[] }).routes.map(({ name }) => name),
  );
}

test('a file is for every DataPlane', async () => {
  await start(workspace.write('edge.yaml', documentOf('a')));
  expect(summary()).toEqual(['* edge.yaml']);
  expect(source!.synced).toBe(true);
});

test('a directory has NAMESPACE/NAME.yaml and NAMESPACE/NAME/*, merged; the rest is left alone', async () => {
  workspace.write('conf/default/edge.yaml', documentOf('a'));
  workspace.write('conf/default/edge/more.yml', documentOf('b'));
  workspace.write('conf/default/edge/last.json', '{"routes": []}');
  workspace.write('conf/other/inner.json', '{"routes": []}');
  workspace.write('conf/default/README.md', 'not a document');
  workspace.write('conf/default/.edge.yaml.swp', 'an editor');
  workspace.write('conf/LICENSE', 'not a namespace');
  await start(workspace.path('conf'));
  expect(summary()).toEqual([
    'default/edge default/edge/last.json+default/edge/more.yml+default/edge.yaml',
    'other/inner other/inner.json',
  ]);
});

test('a document beside the namespaces is named, since it is for no DataPlane', async () => {
  workspace.write('conf/edge.yaml', documentOf('a'));
  await start(workspace.path('conf'));
  expect(readings).toMatchObject([
    {
      scope: 'edge.yaml',
      reading: { problems: [{ source: 'edge.yaml', found: 'a file beside the namespaces' }] },
    },
  ]);
});

test('a change is told within a second of its write, also by rename-over', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  await start(file);
  const written = performance.now();
  writeFileSync(file, documentOf('b'));
  expect(routesOf(await nextReading(2))).toEqual(['b']);
  expect(performance.now() - written).toBeLessThan(1_000);
  renameSync(workspace.write('edge.yaml.new', documentOf('c')), file);
  expect(routesOf(await nextReading(3))).toEqual(['c']);
});

test('a change without a newline at its end is told within a second too', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  await start(file);
  const written = performance.now();
  writeFileSync(file, documentOf('b').trimEnd());
  expect(routesOf(await nextReading(2))).toEqual(['b']);
  expect(performance.now() - written).toBeLessThan(1_000);
});

test('a write in progress is never told in part, though each part would parse', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  await start(file);
  const names = Array.from({ length: 20 }, (_, index) => `r${index}`);
  const whole = `backends: []\nroutes:\n${names.map((name) => `  - {name: ${name}}\n`).join('')}`;
  writeFileSync(file, '');
  // One line each 60 ms: written for more than a second, and never still for as long as a file must be.
  for (const line of whole.split(/(?<=\n)/)) {
    appendFileSync(file, line);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(routesOf(await nextReading(2))).toEqual(names);
});

test('a mounted ConfigMap, changed by the swap of its symbolic link, is told as a whole', async () => {
  workspace.write('conf/default/edge/..1/edge.yaml', documentOf('a'));
  workspace.write('conf/default/edge/..2/edge.yaml', documentOf('b'));
  const mount = workspace.path('conf/default/edge');
  symlinkSync('..1', `${mount}/..data`);
  symlinkSync('..data/edge.yaml', `${mount}/edge.yaml`);
  await start(workspace.path('conf'));
  symlinkSync('..2', `${mount}/..data_tmp`);
  renameSync(`${mount}/..data_tmp`, `${mount}/..data`);
  expect(routesOf(await nextReading(2))).toEqual(['b']);
  expect(readings).toHaveLength(2);
});

test('an empty file is a document with nothing in it, a deleted one is absent', async () => {
  const file = workspace.write('edge.yaml', documentOf('a'));
  await start(file);
  writeFileSync(file, '');
  expect(await nextReading(2)).toEqual({
    kind: 'documents',
    documents: [{ source: 'edge.yaml', value: null }],
  });
  rmSync(file);
  expect((await nextReading(3)).kind).toBe('absent');
});

test('one of several deleted leaves the others, and one that comes back soon was never away', async () => {
  workspace.write('conf/default/edge/a.yaml', documentOf('a'));
  const second = workspace.write('conf/default/edge/b.yaml', documentOf('b'));
  await start(workspace.path('conf'));
  const aside = workspace.path('aside');
  renameSync(second, aside);
  await new Promise((resolve) => setTimeout(resolve, REMOVAL_SETTLE_MS / 2));
  renameSync(aside, second);
  expect(routesOf(await nextReading(2))).toEqual(['a', 'b']);
  rmSync(second);
  expect(routesOf(await nextReading(3))).toEqual(['a']);
});

test('a deleted directory makes its documents absent, and is found again when it is back', async () => {
  workspace.write('conf/default/edge/a.yaml', documentOf('a'));
  await start(workspace.path('conf'));
  rmSync(workspace.path('conf/default'), { recursive: true });
  expect((await nextReading(2)).kind).toBe('absent');
  rmSync(workspace.path('conf'), { recursive: true });
  expect((await nextReading(3)).kind).toBe('broken');
  workspace.write('conf/default/edge/a.yaml', documentOf('b'));
  expect(routesOf(await nextReading(4))).toEqual(['b']);
});

test.each<[string, (directory: string) => void, string]>([
  ['a link that leads nowhere', (directory) => symlinkSync('nowhere', `${directory}/b.yaml`), 'ENOENT'],
  ['a directory named like a file', (directory) => mkdirSync(`${directory}/b.yaml`), 'something else'],
  [
    'bytes that are no text',
    (directory) => writeFileSync(`${directory}/b.yaml`, Buffer.from([0xc3, 0x28])),
    'other bytes',
  ],
  ['a syntax error', (directory) => writeFileSync(`${directory}/b.yaml`, 'a: [\n'), 'line'],
  [
    'a file above the limit',
    (directory) => writeFileSync(`${directory}/b.yaml`, Buffer.alloc(17 * 1024 ** 2)),
    'bytes',
  ],
])('%s holds back the documents beside it, by name', async (_what, spoil, found) => {
  workspace.write('conf/default/edge/a.yaml', documentOf('a'));
  spoil(workspace.path('conf/default/edge'));
  await start(workspace.path('conf'));
  const { reading } = readings[0]!;
  if (reading.kind !== 'broken') throw new Error(`expected broken, read ${reading.kind}`);
  expect(reading.problems[0]!.source).toBe('default/edge/b.yaml');
  expect(reading.problems[0]!.found).toContain(found);
});

test('a source that is not there yet tells nothing of its own accord, and says absent where something was expected', async () => {
  await start(workspace.path('conf'), ['default/edge']);
  expect(summary()).toEqual(['default/edge broken']);
  expect(source!.synced).toBe(false);
  workspace.write('conf/default/edge.yaml', documentOf('a'));
  expect(routesOf(await nextReading(2))).toEqual(['a']);
  await eventually('the source to be synced', () => source!.synced);
});

test('what came and went before it could be read was never there', async () => {
  workspace.write('conf/default/edge.yaml', documentOf('a'));
  await start(workspace.path('conf'));
  const passing = workspace.write('conf/default/passing.yaml', '');
  // Never still for as long as a file must be, yet seen by several looks.
  for (let count = 0; count < 10; count++) {
    appendFileSync(passing, documentOf('b'));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  rmSync(passing);
  await new Promise((resolve) => setTimeout(resolve, REMOVAL_SETTLE_MS));
  workspace.write('conf/default/later.yaml', documentOf('c'));
  await nextReading(2);
  expect(summary()).toEqual(['default/edge default/edge.yaml', 'default/later default/later.yaml']);
});
