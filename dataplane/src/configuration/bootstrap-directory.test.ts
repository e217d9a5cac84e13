import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packBootstrap } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import { BootstrapDirectory } from './bootstrap-directory.ts';
import { endpointsFact, revision } from './fixtures/revisions.ts';

const FACT = endpointsFact('orders:8080', '1');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function looking(at = directory) {
  const problems: string[] = [];
  const bootstrap = new BootstrapDirectory({
    directory: at,
    dataPlane: 'default/edge',
    schemaLevel: 2,
    onProblem: (problem) => problems.push(problem),
  });
  return { look: () => bootstrap.look(), problems };
}

async function packed(sequence: number, dataPlane = 'default/edge'): Promise<Buffer> {
  const revisions = [{ level: 1, revision: revision(sequence) }];
  const [part] = await packBootstrap({ dataPlane, facts: [FACT], revisions });
  return part!;
}

/** As kubelet does: whole or not at all. */
async function put(part: Buffer | string, name = 'part-0'): Promise<void> {
  await writeFile(join(directory, '.next'), part);
  await rename(join(directory, '.next'), join(directory, name));
}

test('a directory that is missing or empty holds nothing, and nothing is wrong with it', async () => {
  const { look, problems } = looking();
  expect(await look()).toBeUndefined();
  const missing = looking(join(directory, 'none'));
  expect(await missing.look()).toBeUndefined();
  expect([...problems, ...missing.problems]).toEqual([]);
});

test('what comes later is found at the next look, and only once', async () => {
  const { look, problems } = looking();
  await look();
  await put(await packed(1));
  expect(await look()).toEqual({ revision: revision(1), facts: [FACT] });
  expect(await look()).toBeUndefined();
  await put(await packed(2));
  expect((await look())?.revision.id.sequence).toBe(2);
  expect(problems).toEqual([]);
});

test('I3: what is wrong is said once, until something else is wrong, and what is good is taken after it', async () => {
  const { look, problems } = looking();
  const spoilt: [string, Buffer | string][] = [
    ['Damaged', (await packed(1)).subarray(0, 300)],
    ['Foreign', await packed(1, 'default/other')],
    ['Damaged', 'no bootstrap'],
    ['Damaged', Buffer.alloc(1_200_000)],
  ];
  for (const [, part] of spoilt) {
    await put(part);
    expect(await look()).toBeUndefined();
    expect(await look()).toBeUndefined();
  }
  await put('the first part is missing', 'part-1');
  await rm(join(directory, 'part-0'));
  expect(await look()).toBeUndefined();
  expect(problems).toEqual([...spoilt.map(([problem]) => problem), 'Incomplete']);
  await put(await packed(1));
  expect((await look())?.revision.id.sequence).toBe(1);
});

test('what cannot be read is looked at again', async () => {
  const { look, problems } = looking();
  await mkdir(join(directory, 'part-0'));
  expect([await look(), await look()]).toEqual([undefined, undefined]);
  expect(problems).toEqual(['Unreadable']);
  await rm(join(directory, 'part-0'), { recursive: true });
  await put(await packed(1));
  expect(await look()).toBeDefined();
});
