import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { Workspace } from '../fixtures/workspace.ts';
import { encodeRevision, type StoredRevision } from './revision-file.ts';
import { HISTORY_LIMIT, RevisionStore } from './revision-store.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

function revision(sequence: number): StoredRevision {
  const resources = resourceSet([['route/a', { name: 'a', hostnames: [`host-${sequence}.example`] }]]);
  const id = { lineage: 'L', sequence, hash: hashResources(resources) };
  return { id, resources, createdAt: '2026-11-22T10:00:00.000Z' };
}

async function storeWith(...sequences: number[]): Promise<void> {
  const store = await opened();
  for (const sequence of sequences) await store.append(revision(sequence));
}

async function opened(): Promise<RevisionStore> {
  const store = new RevisionStore(workspace.directory);
  await store.load();
  return store;
}

async function load() {
  const store = new RevisionStore(workspace.directory);
  const { revisions, problems } = await store.load();
  return {
    sequences: revisions.map(({ id }) => id.sequence),
    codes: problems.map(({ code }) => code),
    highest: store.highestSequence,
  };
}

function fileOf(sequence: number): string {
  return workspace.path(`revision-${String(sequence).padStart(16, '0')}.json`);
}

test('what was appended is read back, oldest first, and only the newest ten are kept', async () => {
  await storeWith(...Array.from({ length: 13 }, (_, index) => index + 1));
  const { sequences, codes, highest } = await load();
  expect(sequences).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect([codes, highest]).toEqual([[], 13]);
  expect(readdirSync(workspace.directory)).toHaveLength(HISTORY_LIMIT);
});

test('a sequence is never written twice, also by two writers', async () => {
  const [first, second] = [await opened(), await opened()];
  await first.append(revision(1));
  await expect(second.append(revision(1))).rejects.toMatchObject({ code: 'REVISION_TAKEN' });
  expect(second.highestSequence).toBe(1);
});

test.each<[string, string, (file: string) => void]>([
  ['is cut off', 'REVISION_DAMAGED', (file) => truncateSync(file, 50)],
  ['is empty', 'REVISION_DAMAGED', (file) => truncateSync(file, 0)],
  ['is foreign', 'REVISION_DAMAGED', (file) => writeFileSync(file, '{"some": "thing"}')],
  ['holds null', 'REVISION_DAMAGED', (file) => writeFileSync(file, 'null')],
  [
    'has lost its resources',
    'REVISION_DAMAGED',
    (file) => writeFileSync(file, readFileSync(file, 'utf8').replace(/\[\[.*\]\]/, '[7]')),
  ],
  [
    'was changed',
    'REVISION_DAMAGED',
    (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('host-3', 'host-4')),
  ],
  ['has the name of another', 'REVISION_DAMAGED', (file) => writeFileSync(file, encodeRevision(revision(2)))],
  ['has a newer format', 'REVISION_NEWER_FORMAT', (file) => writeFileSync(file, '{"format": 2}')],
])('a revision that %s is reported once, and its sequence stays used', async (_what, code, spoil) => {
  await storeWith(1, 2, 3);
  spoil(fileOf(3));
  expect(await load()).toEqual({ sequences: [1, 2], codes: [code], highest: 3 });
  expect(await load()).toEqual({ sequences: [1, 2], codes: [], highest: 3 });
});

test('what a crash left half written is removed', async () => {
  await storeWith(1);
  writeFileSync(workspace.path('.tmp-left'), '{');
  expect(await load()).toEqual({ sequences: [1], codes: [], highest: 1 });
  expect(readdirSync(workspace.directory)).toEqual(['revision-0000000000000001.json']);
});

/** Appends one revision after another, telling each sequence only after it was appended, until it is killed. */
const WRITER = `
  const [store, file, set, hash] = await Promise.all(
    ['./revision-store.ts', './revision-file.ts', '@holdfast/protocol/revision/resource-set.ts', '@holdfast/protocol/revision/hash.ts']
      .map((name) => import(name.startsWith('.') ? new URL(name, process.argv[1]) : name)),
  );
  const revisions = new store.RevisionStore(process.argv[2]);
  await revisions.load();
  for (;;) {
    const sequence = revisions.highestSequence + 1;
    const resources = set.resourceSet([['route/a', { name: 'a', hostnames: ['x'.repeat(sequence % 5000)] }]]);
    const id = { lineage: 'L', sequence, hash: hash.hashResources(resources) };
    await revisions.append({ id, resources, createdAt: '' });
    process.stdout.write(sequence + '\\n');
  }
`;

async function publishedUntilKilled(delayMs: number): Promise<number[]> {
  const args = ['--input-type=module', '--eval', WRITER, import.meta.url, workspace.directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
    output += chunk;
  });
  await once(child, 'close');
  // The last line may be cut off, and is of a sequence that was written then.
  return output.split('\n').slice(0, -1).map(Number);
}

test('kill -9 at any moment loses no published sequence and gives none twice', async () => {
  let published = 0;
  for (let round = 0; round < 12; round++) {
    const sequences = await publishedUntilKilled(Math.random() * 60);
    expect(sequences[0]).toBeGreaterThan(published);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
    published = sequences.at(-1)!;
    const { codes, sequences: stored, highest } = await load();
    expect(codes).toEqual([]);
    expect(highest).toBeGreaterThanOrEqual(published);
    expect(stored).toContain(published);
  }
}, 30_000);
