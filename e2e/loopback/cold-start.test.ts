/** Scenario: pods that start while the control plane is away, with nothing but the bootstrap that it left. */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ConfigurationDocument } from '@holdfast/protocol/configuration/types.ts';
import { expectNothingLost, loadFigures } from '../harness/account.ts';
import { bootstrapParts, putParts, revisionOf } from '../harness/bootstrap-parts.ts';
import { echoBackend, markedDocument, markedRoute } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import { freePort } from '../harness/free-port.ts';
import { servedMarker } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';

const ROUTES = 10_000;

scenario(
  'I1: with neither control plane nor cache an instance serves its bootstrap of 10,000 routes, and the cache that it made of it when it is started again',
  async (stage, figures) => {
    const backend = await stage.backend();
    const bootstrapDirectory = stage.path('bootstrap');
    const parts = await bootstrapParts(revisionOf(manyRoutes('kept', backend.port)));
    putParts(bootstrapDirectory, parts);
    const controlPlanes = [`ws://127.0.0.1:${await freePort()}`];
    const instance = await stage.instance({ name: 'cold', controlPlanes, bootstrapDirectory });
    const cold = new Mark();
    await Promise.all([instance.start(), instance.ready({ everyMs: 20, timeoutMs: 30_000 })]);
    const coldMs = cold.elapsedMs();
    expect(await servedMarker(instance, '/route-7000')).toBe('kept');
    const { revision, controlPlane } = await instance.statusThat(
      'all workers serve',
      (status) => status.revision !== null,
    );
    expect(revision).toMatchObject({ lineage: 'of-the-bootstrap', sequence: 1, origin: 'bootstrap' });
    expect(controlPlane.connected).toBe(false);
    const { cacheDirectory } = instance.options;
    await eventually('it is cached', () => existsSync(join(cacheDirectory, 'revision.v1.gz')));
    await instance.kill();
    const again = await stage.instance({ name: 'again', controlPlanes, cacheDirectory });
    const warm = new Mark();
    await Promise.all([again.start(), again.ready({ everyMs: 20, timeoutMs: 30_000 })]);
    const warmMs = warm.elapsedMs();
    await again.statusThat('it serves its cache', (status) => status.revision?.origin === 'disk');
    figures({ bytes: parts[0]!.length, readyFromBootstrap: `${coldMs}ms`, readyFromDisk: `${warmMs}ms` });
  },
);

scenario(
  'I1, I3: a bootstrap that is cut off, foreign, torn, no gzip or a bomb is said once and ends nothing; a good one in its place serves by itself',
  async (stage, figures) => {
    const backend = await stage.backend();
    const good = await bootstrapParts(revisionOf(markedDocument('kept', [backend.port])));
    const [part] = good;
    const end = part!.indexOf('\n') + 1;
    const header = JSON.parse(part!.subarray(0, end).toString());
    const withBody = (change: object, body: Buffer) =>
      Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, ...change })}\n`), body]);
    const bomb = gzipSync(Buffer.alloc(256 * 1024 ** 2));
    const noGzip = Buffer.from('no gzip');
    const other = withBody({ parts: 2, digest: digestOf(noGzip) }, noGzip);
    const troubles: Record<string, [problem: string, parts: Buffer[]]> = {
      cut: ['Damaged', [part!.subarray(0, -10)]],
      foreign: ['Foreign', await bootstrapParts(revisionOf(markedDocument('x', [1])), 'default/other')],
      torn: ['Incomplete', [withBody({ parts: 2 }, part!.subarray(end)), other]],
      plain: ['Damaged', [withBody({ digest: digestOf(noGzip) }, noGzip)]],
      bomb: ['Damaged', [withBody({ digest: digestOf(bomb) }, bomb)]],
    };
    const controlPlanes = [`ws://127.0.0.1:${await freePort()}`];
    const said = (problem: string) => (entry: object) => JSON.stringify(entry).includes(`"${problem}"`);
    for (const [name, [problem, parts]] of Object.entries(troubles)) {
      const bootstrapDirectory = stage.path(`bootstrap-${name}`);
      putParts(bootstrapDirectory, parts);
      const instance = await stage.instance({ name, controlPlanes, bootstrapDirectory, workers: 1 });
      await instance.start();
      await instance.program.logged(`that names ${problem}`, said(problem));
      expect([await instance.isLive(), await instance.isReady()]).toEqual([true, false]);
      putParts(bootstrapDirectory, good);
      await instance.ready();
      expect(await servedMarker(instance)).toBe('kept');
      expect(instance.program.entries.filter(said(problem))).toHaveLength(1);
      expect(await instance.metric('holdfast_config_bootstrap_failures_total')).toBe(1);
      expect(await instance.metric('holdfast_agent_restarts_total')).toBe(0);
      await instance.close();
    }
    figures({ troubles: Object.keys(troubles).length, saidOnce: true });
  },
  90_000,
);

scenario(
  'I1, I4: instances that began with their bootstrap take what a control plane of another lineage says, and lose no request by it',
  async (stage, figures) => {
    const backend = await stage.backend();
    const bootstrapDirectory = stage.path('bootstrap');
    putParts(
      bootstrapDirectory,
      await bootstrapParts(revisionOf(markedDocument('kept', [backend.port]), 900)),
    );
    stage.configuration.write(markedDocument('new', [backend.port]));
    const controlPlane = await stage.controlPlane();
    const controlPlanes = [controlPlane.streamUrl];
    const instance = await stage.instance({ name: 'cold', controlPlanes, bootstrapDirectory });
    await instance.start();
    await instance.ready();
    const load = await stage.load({ target: instance.url, rate: 200 });
    await eventually('there are two seconds of load', () => load.seconds.length >= 2);
    await controlPlane.start();
    await eventually("the control plane's serves", async () => (await servedMarker(instance)) === 'new', {
      timeoutMs: 20_000,
    });
    await instance.statusThat('all workers serve it', ({ revision }) => revision?.origin === 'stream');
    const report = await load.stop();
    figures(loadFigures(report));
    expectNothingLost(report);
  },
);

function manyRoutes(marker: string, backendPort: number): ConfigurationDocument {
  const routes = Array.from({ length: ROUTES }, (_, index) => {
    const path = { type: 'PathPrefix' as const, value: `/route-${index}` };
    return { ...markedRoute(`route-${index}`, marker), matches: [{ path }] };
  });
  return { routes, backends: [echoBackend([backendPort])] };
}

function digestOf(content: Buffer): string {
  return hash('sha256', content, 'hex');
}
