/** Scenario e: a cache that is damaged, foreign, newer, read-only or full is said once and ends nothing. */
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { markedDocument } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import { allServe } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';

const FILE = 'revision.v1.gz';
/** Longer than two tries to write the cache are apart. */
const QUIET_MS = 6_000;

interface Trouble {
  /** The instance's code for it. */
  problem: string;
  /** Done to the file of an undamaged cache. */
  spoil?: (file: string) => void;
  /** Mounts something over the cache directory, which is `$0`, in a namespace of the instance's own. */
  mount?: string;
}

const TROUBLES: Record<string, Trouble> = {
  altered: {
    problem: 'Damaged',
    spoil: (file) => writeFileSync(file, Buffer.from(readFileSync(file)).fill(7, 40, 60)),
  },
  truncated: { problem: 'Damaged', spoil: (file) => truncateSync(file, 60) },
  foreign: { problem: 'Foreign', spoil: (file) => rewriteHeader(file, { dataPlane: 'default/other' }) },
  newer: { problem: 'NewerFormat', spoil: (file) => rewriteHeader(file, { format: 99 }) },
  readonly: { problem: 'Unwritable', mount: 'mount -t tmpfs -o ro tmpfs "$0"' },
  full: {
    problem: 'Unwritable',
    mount: 'mount -t tmpfs -o size=16k tmpfs "$0" && head -c 16384 /dev/zero > "$0/filler"',
  },
};

function rewriteHeader(file: string, change: object): void {
  const [header, ...body] = gunzipSync(readFileSync(file)).toString().split('\n');
  writeFileSync(file, gzipSync([JSON.stringify({ ...JSON.parse(header!), ...change }), ...body].join('\n')));
}

scenario(
  'a cache that is damaged, truncated, foreign, newer, read-only or full is said once, and the instance serves what the stream brings',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(markedDocument('1', [backend.port]));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const controlPlanes = [controlPlane.streamUrl];
    const source = await stage.instance({ name: 'source', controlPlanes, workers: 1 });
    await source.start();
    const good = join(source.options.cacheDirectory, FILE);
    await eventually('the cache is written', () => readFileSync(good).length > 0);

    const instances: [Trouble, InstanceProcess][] = [];
    for (const [name, trouble] of Object.entries(TROUBLES)) {
      const cacheDirectory = stage.path(`cache-${name}`);
      mkdirSync(cacheDirectory);
      copyFileSync(good, join(cacheDirectory, FILE));
      trouble.spoil?.(join(cacheDirectory, FILE));
      const wrapper = trouble.mount === undefined ? [] : inNamespace(trouble.mount, cacheDirectory);
      instances.push([
        trouble,
        await stage.instance({ name, controlPlanes, workers: 1, cacheDirectory, wrapper }),
      ]);
    }
    await Promise.all(instances.map(([, instance]) => instance.start()));
    const started = new Mark();
    await Promise.all(
      instances.map(([{ problem }, instance]) =>
        instance.program.logged(`that names ${problem}`, names(problem)),
      ),
    );
    await allServe(
      instances.map(([, instance]) => instance),
      '1',
      { timeoutMs: 20_000 },
    );
    await started.reach(QUIET_MS);

    for (const [{ problem }, instance] of instances) {
      const said = instance.program.entries.filter(names(problem));
      if (said.length !== 1)
        throw new Error(`${instance.name}: ${problem} was said ${said.length} times\n${instance.tail()}`);
      expect(await instance.isReady()).toBe(true);
      expect(instance.running).toBe(true);
    }
    figures({ instances: instances.length, saidOnce: true });
  },
  90_000,
);

function names(problem: string) {
  return (entry: object) => JSON.stringify(entry).includes(`"${problem}"`);
}

/** Needs Linux' unprivileged user namespaces, so that a mount touches nobody else. */
function inNamespace(mount: string, directory: string): string[] {
  // Root needs no user namespace, and a container often forbids one.
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', `${mount} && exec "$@"`, directory];
}
