/** Scenario g: one of 10,000 routes changes. */
import type { ConfigurationDocument } from '@holdfast/protocol/configuration/types.ts';
import type { Echo } from '../backends/echo.ts';
import { expectNothingLost, loadFigures } from '../harness/account.ts';
import { echoBackend, markedRoute } from '../harness/configuration-file.ts';
import { eventually, Mark } from '../harness/eventually.ts';
import type { InstanceProcess } from '../harness/instance-process.ts';
import { MARKER_HEADER, servedMarker } from '../harness/marker.ts';
import { scenario } from '../harness/scenario.ts';

const ROUTES = 10_000;
const CHANGED = '/route-5000';
const DELTA_BYTES = 2_048;

scenario(
  'I8, I9: of 10,000 routes one changes: a delta on the wire, and a running request sees one revision',
  async (stage, figures) => {
    const backend = await stage.backend();
    stage.configuration.write(manyRoutes('old', backend.port));
    const controlPlane = await stage.controlPlane();
    await controlPlane.start();
    const relay = await stage.faultProxy(controlPlane.options.streamPort);
    const instance = await stage.instance({
      name: 'instance',
      controlPlanes: [`ws://127.0.0.1:${relay.port}`],
    });
    const started = new Mark();
    await instance.start();
    await eventually('the route serves', async () => (await servedMarker(instance, CHANGED)) === 'old', {
      timeoutMs: 30_000,
    });
    const servedMs = started.elapsedMs();
    const snapshotBytes = relay.counts.bytesOut;

    const load = await stage.load({ target: instance.url, rate: 100, path: '/route-1' });
    await eventually('there are two quiet seconds', () => load.seconds.length >= 2);
    const quiet = load.seconds.at(-1)!.latency;
    const running = bothMarkers(instance, `${CHANGED}?delay=6000`);
    const before = relay.counts.bytesOut;
    stage.configuration.write(manyRoutes('new', backend.port));
    const written = new Mark();
    await eventually('the change serves', async () => (await servedMarker(instance, CHANGED)) === 'new', {
      everyMs: 20,
    });
    const changedMs = written.elapsedMs();
    const deltaBytes = relay.counts.bytesOut - before;

    expect(await running).toEqual({ request: 'old', response: 'old' });
    expect(await bothMarkers(instance, CHANGED)).toEqual({ request: 'new', response: 'new' });
    const report = await load.stop();
    figures({
      ...loadFigures(report),
      snapshotBytes,
      deltaBytes,
      served: `${servedMs}ms`,
      changed: `${changedMs}ms`,
      quietP99: `${quiet.p99}ms`,
      worstSecondP99: `${Math.max(...load.seconds.map(({ latency }) => latency.p99))}ms`,
    });
    expect(deltaBytes).toBeLessThan(DELTA_BYTES);
    expectNothingLost(report);
  },
  120_000,
);

/** The route in the middle writes the marker into request and response, so that a request that saw two revisions shows it. */
function manyRoutes(marker: string, backendPort: number): ConfigurationDocument {
  const routes = Array.from({ length: ROUTES }, (_, index) => {
    const path = `/route-${index}`;
    const route = markedRoute(`route-${index}`, path === CHANGED ? marker : 'steady');
    const request = { set: [{ name: MARKER_HEADER, value: path === CHANGED ? marker : 'steady' }] };
    route.filters!.push({ type: 'RequestHeaderModifier', requestHeaderModifier: request });
    return { ...route, matches: [{ path: { type: 'PathPrefix' as const, value: path } }] };
  });
  return { routes, backends: [echoBackend([backendPort])] };
}

async function bothMarkers(instance: InstanceProcess, path: string): Promise<object> {
  const { headers, text } = await instance.get(path, { timeoutMs: 15_000 });
  const echo = JSON.parse(text) as Echo;
  return { request: echo.headers[MARKER_HEADER], response: headers[MARKER_HEADER] };
}
