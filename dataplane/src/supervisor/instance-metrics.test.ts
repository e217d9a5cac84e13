import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { InstanceMetrics } from './instance-metrics.ts';
import { METRICS } from './metrics.ts';
import { DURATION_BUCKETS_SECONDS, type WorkerSample } from './worker-messages.ts';

const STATUS: StatusDocument = {
  instance: 'edge-1',
  dataPlane: 'default/edge',
  version: '1.0.0',
  healthy: true,
  ready: true,
  reasons: [],
  draining: false,
  degraded: false,
  revision: { lineage: 'l', sequence: 7, hash: 'sha256:00', origin: 'disk' },
  controlPlane: { connected: false, endpoint: null, since: '2026-11-22T10:00:00Z' },
  workers: { desired: 2, serving: 1 },
};
const GAUGES = { connections: 3, requestsInFlight: 2, upgraded: 1 };

function sample(change: Partial<WorkerSample>): WorkerSample {
  return {
    requests: [],
    durations: [],
    arrivals: 0,
    rejected: [],
    upstreamRetries: 0,
    gauges: GAUGES,
    ...change,
  };
}

function buckets(counts: Record<number, number>): number[] {
  return Array.from({ length: DURATION_BUCKETS_SECONDS.length + 1 }, (_, index) => counts[index] ?? 0);
}

test('every metric of the table, and no other of ours, is in a scrape', async () => {
  const text = await new InstanceMetrics('1.0.0').render(STATUS, GAUGES);
  const typed = [...text.matchAll(/^# TYPE (holdfast_\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  const table = Object.entries(METRICS).map(([name, { type }]) => [name, type]);
  expect(new Map(typed as [string, string][])).toEqual(new Map(table as [string, string][]));
});

test('what workers count is added up', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  const requests = [{ route: 'orders', backend: 'orders', code: 200, count: 4 }];
  for (const _ of [1, 2]) {
    metrics.addWorkerSample(
      sample({ requests, upstreamRetries: 3, rejected: [{ reason: 'NoRoute', count: 2 }] }),
    );
  }
  const text = await metrics.render(STATUS, GAUGES);
  expect(text).toContain('holdfast_http_requests_total{route="orders",backend="orders",code="200"} 8\n');
  expect(text).toContain('holdfast_http_rejected_total{reason="NoRoute"} 4\n');
  expect(text).toContain('holdfast_http_upstream_retries_total 6\n');
});

test('durations become a cumulative histogram by route', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  metrics.addWorkerSample(
    sample({ durations: [{ route: 'a', buckets: buckets({ 0: 2, 3: 1 }), sumSeconds: 0.5 }] }),
  );
  metrics.addWorkerSample(
    sample({ durations: [{ route: 'a', buckets: buckets({ 14: 1 }), sumSeconds: 40 }] }),
  );
  const text = await metrics.render(STATUS, GAUGES);
  const name = 'holdfast_http_request_duration_seconds';
  expect(text).toContain(`${name}_bucket{le="0.001",route="a"} 2\n`);
  expect(text).toContain(`${name}_bucket{le="0.01",route="a"} 3\n`);
  expect(text).toContain(`${name}_bucket{le="30",route="a"} 3\n`);
  expect(text).toContain(`${name}_bucket{le="+Inf",route="a"} 4\n`);
  expect(text).toContain(`${name}_sum{route="a"} 40.5\n`);
  expect(text).toContain(`${name}_count{route="a"} 4\n`);
});

test('status, connection and revision are gauges', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  const text = await metrics.render(STATUS, GAUGES);
  expect(text).toContain('holdfast_control_plane_connected 0\n');
  expect(text).toContain(
    `holdfast_control_plane_since_timestamp_seconds ${Date.parse(STATUS.controlPlane.since) / 1000}\n`,
  );
  expect(text).toContain('holdfast_config_sequence 7\n');
  expect(text).toContain('holdfast_config_info{lineage="l",hash="sha256:00",origin="disk"} 1\n');
  expect(text).toContain('holdfast_workers_desired 2\n');
  expect(text).toContain('holdfast_workers_serving 1\n');
  expect(text).toContain('holdfast_connections 3\n');
  const without = await metrics.render({ ...STATUS, revision: null }, GAUGES);
  expect(without).toContain('holdfast_config_sequence 0\n');
  expect(without).not.toContain('holdfast_config_info{');
});

test('a configuration that brings new routes without end does not bring series without end', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  for (let n = 0; n < 12_000; n += 1) {
    const requests = [{ route: `r${n}`, backend: 'b', code: 200, count: 1 }];
    const durations = [{ route: `r${n}`, buckets: buckets({ 0: 1 }), sumSeconds: 0 }];
    metrics.addWorkerSample(sample({ requests, durations }));
  }
  const text = await metrics.render(STATUS, GAUGES);
  expect(text).toContain('holdfast_http_requests_total{route="other",backend="other",code="200"} 2000\n');
  expect(text.match(/^holdfast_http_requests_total\{/gm)).toHaveLength(10_001);
  expect(text).toContain('holdfast_http_request_duration_seconds_count{route="other"} 11000\n');
  expect(text.match(/^holdfast_http_request_duration_seconds_count\{/gm)).toHaveLength(1_001);
});

test('a report takes what was counted since the last one', () => {
  const metrics = new InstanceMetrics('1.0.0');
  const requests = [200, 404, 503].map((code) => ({ route: 'a', backend: 'b', code, count: 2 }));
  metrics.addWorkerSample(sample({ requests }));
  expect(metrics.takeRequests()).toEqual({ total: 6, failed: 2 });
  expect(metrics.takeRequests()).toEqual({ total: 0, failed: 0 });
});

test('events of backends are counted by backend, and above 1,000 backends under "other"', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  metrics.addBackendEvents([
    { backend: 'shop', event: 'ejections', count: 1 },
    { backend: 'shop', event: 'retries', count: 2 },
    { backend: 'shop', event: 'pending_refused', count: 3 },
  ]);
  for (let index = 0; index < 1_001; index++)
    metrics.addBackendEvents([{ backend: `b${index}`, event: 'retries', count: 1 }]);
  const lines = (await metrics.render(STATUS, GAUGES)).split('\n');
  expect(lines).toContain('holdfast_backend_ejections_total{backend="shop"} 1');
  expect(lines).toContain('holdfast_backend_retries_total{backend="shop"} 2');
  expect(lines).toContain('holdfast_backend_refused_total{backend="shop",limit="pending"} 3');
  expect(lines).toContain('holdfast_backend_retries_total{backend="other"} 2');
});

test('unhealthy endpoints are those of now', async () => {
  const metrics = new InstanceMetrics('1.0.0');
  const gauge = async (unhealthy: [string, string[]][]) =>
    (await metrics.render(STATUS, GAUGES, unhealthy)).match(/^holdfast_backend_unhealthy.*$/gm);
  expect(await gauge([['shop', ['a:1', 'b:2']]])).toEqual([
    'holdfast_backend_unhealthy_endpoints{backend="shop"} 2',
  ]);
  expect(await gauge([])).toBeNull();
});
