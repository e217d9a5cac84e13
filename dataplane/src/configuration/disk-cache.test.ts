import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CacheProblem } from './cache-file.ts';
import { DiskCache } from './disk-cache.ts';
import { factTable } from './fact-table.ts';
import { endpointsFact, revision } from './fixtures/revisions.ts';

const r1 = revision(1);
const r2 = revision(2);
const fact = endpointsFact('orders:8080', '1');

let directory: string;
let problems: { problem: CacheProblem; first: boolean }[];
const open: DiskCache[] = [];

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'holdfast-')), 'cache');
  problems = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
  await rm(join(directory, '..'), { recursive: true, force: true });
});

function cacheIn(path: string, options: { dataPlane?: string; retryMs?: number } = {}): DiskCache {
  const { dataPlane = 'default/edge', retryMs = 60_000 } = options;
  const cache = new DiskCache({
    directory: path,
    dataPlane,
    onProblem: (problem, _path, _detail, first) => problems.push({ problem, first }),
    retry: { firstMs: retryMs, maxMs: retryMs },
  });
  open.push(cache);
  return cache;
}

function said(): CacheProblem[] {
  return problems.filter(({ first }) => first).map(({ problem }) => problem);
}

/** A file system of its own at `path`; the function takes it away. Throws where this process may not mount. */
function mount(path: string, options: string): () => void {
  mkdirSync(path, { recursive: true });
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status !== 0)
    throw new Error('no mount');
  return () => spawnSync('umount', ['-l', path]);
}

function mayMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-'));
  try {
    mount(path, 'size=4k')();
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(path);
  }
}

// Root writes to every directory; what a read-only or full one does to it, only a mount shows.
const mounting = mayMount() ? test : test.skip;

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((next) => setImmediate(next));
}

async function written(): Promise<string> {
  await cacheIn(directory).writeRevision(r1);
  return join(directory, 'revision.v1.gz');
}

test('what is written is read by the next process', async () => {
  const cache = cacheIn(directory);
  await cache.writeRevision(r1);
  await cache.writeFacts(factTable([fact]));
  expect(await cacheIn(directory).read()).toEqual({ revision: r1, facts: [fact] });
  expect(problems).toEqual([]);
});

test('a missing directory is an empty cache, and is made for the owner alone with the first write', async () => {
  const cache = cacheIn(directory);
  expect(await cache.read()).toEqual({});
  await cache.writeRevision(r1);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, 'revision.v1.gz'))).mode & 0o777).toBe(0o600);
  expect(problems).toEqual([]);
});

test('of writes that come close together none is torn and the newest is what stands', async () => {
  const cache = cacheIn(directory);
  const revisions = Array.from({ length: 50 }, (_, index) => revision(index + 1));
  await Promise.all(revisions.map((each) => cache.writeRevision(each)));
  expect((await cache.read()).revision).toEqual(revisions[49]);
  expect(await readdir(directory)).toEqual(['revision.v1.gz']);
});

test('what a killed predecessor left half written is neither read nor in the way', async () => {
  const path = await written();
  await writeFile(`${path}.tmp`, 'half');
  const cache = cacheIn(directory);
  expect((await cache.read()).revision).toEqual(r1);
  await cache.writeRevision(r2);
  expect((await cacheIn(directory).read()).revision).toEqual(r2);
  expect(await readdir(directory)).toEqual(['revision.v1.gz']);
});

test('a write that waits is on the disk when the cache is closed', async () => {
  const cache = cacheIn(directory);
  void cache.writeRevision(r1);
  void cache.writeRevision(r2);
  await cache.close();
  expect((await cacheIn(directory).read()).revision).toEqual(r2);
});

describe('a file that can not be used', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['altered in one byte', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 60 ? byte ^ 1 : byte)))],
    ['not gzip', () => Buffer.from('revision')],
    ['without header', () => gzipSync('{}')],
    ['of no format', () => gzipSync('{}\n{}')],
    ['null', () => gzipSync('null\nnull')],
    ['with another body than its header says', (bytes) => gzipSync(`${gunzipSync(bytes)} `)],
  ])('is said and moved aside where it is %s', async (_title, damage) => {
    const path = await written();
    await writeFile(path, damage(await readFile(path)));
    const cache = cacheIn(directory);
    expect(await cache.read()).toEqual({});
    expect(said()).toEqual(['Damaged']);
    expect(await readdir(directory)).toEqual(['revision.v1.gz.damaged']);
    await cache.writeRevision(r2);
    expect((await cacheIn(directory).read()).revision).toEqual(r2);
  });

  test('is damaged where the resources do not have the hash of the revision', async () => {
    await cacheIn(directory).writeRevision({ id: r2.id, resources: r1.resources });
    expect(await cacheIn(directory).read()).toEqual({});
    expect(said()).toEqual(['Damaged']);
  });

  test('is ignored where it is of another DataPlane, and replaced by the next revision', async () => {
    await written();
    const cache = cacheIn(directory, { dataPlane: 'default/other' });
    expect(await cache.read()).toEqual({});
    expect(said()).toEqual(['Foreign']);
    await cache.writeRevision(r2);
    expect((await cacheIn(directory, { dataPlane: 'default/other' }).read()).revision).toEqual(r2);
  });

  test('is kept where a newer version wrote it, and that version finds it after a rollback', async () => {
    const path = await written();
    const newer = gzipSync('{"format":2}\nof a form that this version does not know');
    await writeFile(path, newer);
    const cache = cacheIn(directory);
    expect(await cache.read()).toEqual({});
    await cache.writeRevision(r1);
    expect(await readFile(join(directory, 'revision.v2.gz'))).toEqual(newer);
    expect(said()).toEqual(['NewerFormat']);
    expect((await cacheIn(directory).read()).revision).toEqual(r1);
    expect(said()).toEqual(['NewerFormat', 'NewerFormat']);
  });

  test('never takes the place of another one of a newer version', async () => {
    const path = await written();
    await writeFile(path, gzipSync('{"format":2}\nodd'));
    await writeFile(join(directory, 'revision.v2.gz'), 'the true one');
    await cacheIn(directory).read();
    expect(await readFile(join(directory, 'revision.v2.gz'), 'utf8')).toBe('the true one');
    expect(await readdir(directory)).toEqual(['revision.v2.gz', 'revision.v2.gz.other']);
  });

  test('is read without the facts of kinds that this version does not know', async () => {
    const later = { ...fact, kind: 'weather' } as unknown as typeof fact;
    await cacheIn(directory).writeFacts(factTable([fact, later]));
    expect((await cacheIn(directory).read()).facts).toEqual([fact]);
  });

  test('never drags a good one aside that is written while it is read', async () => {
    const path = await written();
    // Large, so that the write could well be done first.
    const header = { format: 1, dataPlane: 'default/edge', digest: 'of something else' };
    await writeFile(path, gzipSync(`${JSON.stringify(header)}\n${'x'.repeat(50_000_000)}`, { level: 1 }));
    const cache = cacheIn(directory);
    const reading = cache.read();
    await cache.writeRevision(r2);
    await reading;
    expect((await cacheIn(directory).read()).revision).toEqual(r2);
  });

  test('does not hold up the start where it is a directory', async () => {
    await mkdir(join(directory, 'revision.v1.gz'), { recursive: true });
    expect(await cacheIn(directory).read()).toEqual({});
    expect(said()).toEqual(['Unreadable']);
  });
});

describe('a directory that can not be used', () => {
  test('is said once where it is a file, for however many tries', async () => {
    await writeFile(directory, 'in the way');
    const cache = cacheIn(directory);
    expect(await cache.read()).toEqual({});
    await cache.writeRevision(r1);
    await cache.writeRevision(r2);
    await cache.writeFacts(factTable([fact]));
    expect(problems.length).toBeGreaterThanOrEqual(4);
    expect(said()).toHaveLength(1);
  });

  mounting(
    'is said once where it is full; what was there stands, and it is used again when there is room',
    async () => {
      const unmount = mount(directory, 'size=16k');
      try {
        await written();
        const filler = join(directory, 'filler');
        await expect(writeFile(filler, Buffer.alloc(64 * 1024))).rejects.toThrow('ENOSPC');
        const cache = cacheIn(directory);
        await cache.writeRevision(r2);
        await cache.writeRevision(r2);
        expect(problems).toHaveLength(2);
        expect(said()).toEqual(['Unwritable']);
        expect((await cache.read()).revision).toEqual(r1);
        await rm(filler);
        await cache.writeRevision(r2);
        expect((await cache.read()).revision).toEqual(r2);
      } finally {
        unmount();
      }
    },
  );

  mounting('is said once where it is mounted read-only', async () => {
    const unmount = mount(directory, 'ro');
    try {
      const cache = cacheIn(directory);
      expect(await cache.read()).toEqual({});
      await cache.writeRevision(r1);
      await cache.writeFacts(factTable([fact]));
      expect(said()).toEqual(['Unwritable']);
    } finally {
      unmount();
    }
  });

  test('is tried again by itself, until the newest revision is written', async () => {
    await writeFile(directory, 'in the way');
    const cache = cacheIn(directory, { retryMs: 5 });
    await cache.writeRevision(r1);
    await rm(directory);
    await until(async () => (await cacheIn(directory).read()).revision !== undefined);
    expect((await cacheIn(directory).read()).revision).toEqual(r1);
  });

  test('is said again where it fails again after it has worked', async () => {
    const cache = cacheIn(directory);
    for (let round = 0; round < 2; round++) {
      await rm(directory, { recursive: true, force: true });
      await writeFile(directory, 'in the way');
      await cache.writeRevision(r1);
      await rm(directory);
      await cache.writeRevision(r2);
    }
    expect(said()).toEqual(['Unwritable', 'Unwritable']);
  });
});

test('10,000 routes are read in well under a second', async () => {
  const large = revision(
    1,
    Array.from({ length: 10_000 }, (_, index) => `route-${index}`),
  );
  await cacheIn(directory).writeRevision(large);
  const startedAt = performance.now();
  const { revision: read } = await cacheIn(directory).read();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(read?.id).toEqual(large.id);
});
