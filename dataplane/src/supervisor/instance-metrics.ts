/** The registry of an instance: adds up what workers and agent count, so that totals survive them. */
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { AgentSample } from './agent-messages.ts';
import { DurationHistogram, OTHER } from './duration-histogram.ts';
import { type CounterName, type GaugeName, METRICS, type MetricDefinition } from './metrics.ts';
import {
  type BackendEvent,
  type BackendEventCount,
  DURATION_BUCKETS_SECONDS,
  type RequestCount,
  type WorkerSample,
} from './worker-messages.ts';

/** A series costs memory and time of each scrape for ever, and a configuration may bring new routes without end. */
const REQUEST_SERIES_MOST = 10_000;
const DURATION_SERIES_MOST = 1_000;
const BACKEND_SERIES_MOST = 1_000;

const BACKEND_EVENTS: Readonly<
  Record<BackendEvent, { metric: CounterName; labels: Readonly<Record<string, string>> }>
> = {
  ejections: { metric: 'holdfast_backend_ejections_total', labels: {} },
  retries: { metric: 'holdfast_backend_retries_total', labels: {} },
  requests_refused: { metric: 'holdfast_backend_refused_total', labels: { limit: 'requests' } },
  connections_refused: { metric: 'holdfast_backend_refused_total', labels: { limit: 'connections' } },
  pending_refused: { metric: 'holdfast_backend_refused_total', labels: { limit: 'pending' } },
  retries_refused: { metric: 'holdfast_backend_refused_total', labels: { limit: 'retries' } },
};

type UnhealthyEndpoints = readonly [backend: string, endpoints: readonly string[]][];

type Gauges = WorkerSample['gauges'];

export class InstanceMetrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<CounterName, Counter>();
  readonly #gauges = new Map<GaugeName, Gauge>();
  readonly #durations: DurationHistogram;
  readonly #requestSeries = new Set<string>();
  readonly #backends = new Set<string>();
  /** Since the last report. */
  #requests = { total: 0, failed: 0 };

  constructor(version: string) {
    const name = 'holdfast_http_request_duration_seconds';
    const options = { name, help: METRICS[name].help, label: 'route', bounds: DURATION_BUCKETS_SECONDS };
    this.#durations = new DurationHistogram({ ...options, seriesMost: DURATION_SERIES_MOST });
    // The registry asks a metric for `name` and `get()` only; the type names its own classes.
    this.#registry.registerMetric(this.#durations as unknown as Metric);
    for (const [name, definition] of Object.entries<MetricDefinition>(METRICS))
      this.#register(name, definition);
    this.#gauge('holdfast_build_info').set({ version }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A counter of one step. */
  count(name: CounterName, labels: Record<string, string> = {}): void {
    this.#counter(name).inc(labels);
  }

  addWorkerSample(sample: WorkerSample): void {
    for (const request of sample.requests) this.#addRequests(request);
    for (const { route, buckets, sumSeconds } of sample.durations)
      this.#durations.add(route, buckets, sumSeconds);
    for (const { reason, count } of sample.rejected)
      this.#counter('holdfast_http_rejected_total').inc({ reason }, count);
    this.#counter('holdfast_http_upstream_retries_total').inc(sample.upstreamRetries);
  }

  addBackendEvents(counts: readonly BackendEventCount[]): void {
    for (const { backend, event, count } of counts) {
      const { metric, labels } = BACKEND_EVENTS[event];
      this.#counter(metric).inc({ backend: this.#backendLabel(backend), ...labels }, count);
    }
  }

  addAgentSample(sample: AgentSample): void {
    this.#counter('holdfast_control_plane_connects_total').inc(sample.connects);
    this.#counter('holdfast_control_plane_connect_failures_total').inc(sample.connectFailures);
    this.#counter('holdfast_config_cache_failures_total').inc(sample.cacheFailures);
    this.#counter('holdfast_config_bootstrap_failures_total').inc(sample.bootstrapFailures);
    this.#counter('holdfast_dns_failures_total').inc(sample.dnsFailures);
    for (const [result, count] of Object.entries(sample.healthChecks))
      this.#counter('holdfast_health_checks_total').inc({ result }, count);
    for (const { type, count, bytes } of sample.messages) {
      this.#counter('holdfast_control_plane_messages_total').inc({ type }, count);
      this.#counter('holdfast_control_plane_message_bytes_total').inc({ type }, bytes);
    }
  }

  /** What was counted since the last call, for the report to the control plane. */
  takeRequests(): { total: number; failed: number } {
    const requests = this.#requests;
    this.#requests = { total: 0, failed: 0 };
    return requests;
  }

  /** The text of a scrape, with how things stand now. */
  async render(status: StatusDocument, gauges: Gauges, unhealthy: UnhealthyEndpoints = []): Promise<string> {
    this.#setUnhealthy(unhealthy);
    this.#gauge('holdfast_connections').set(gauges.connections);
    this.#gauge('holdfast_requests_in_flight').set(gauges.requestsInFlight);
    this.#gauge('holdfast_upgraded_connections').set(gauges.upgraded);
    this.#gauge('holdfast_control_plane_connected').set(Number(status.controlPlane.connected));
    this.#gauge('holdfast_control_plane_since_timestamp_seconds').set(
      Date.parse(status.controlPlane.since) / 1_000,
    );
    this.#gauge('holdfast_workers_desired').set(status.workers.desired);
    this.#gauge('holdfast_workers_serving').set(status.workers.serving);
    this.#gauge('holdfast_ready').set(Number(status.ready));
    this.#gauge('holdfast_draining').set(Number(status.draining));
    this.#setRevision(status.revision);
    return this.#registry.metrics();
  }

  #setUnhealthy(unhealthy: UnhealthyEndpoints): void {
    const gauge = this.#gauge('holdfast_backend_unhealthy_endpoints');
    gauge.reset();
    for (const [backend, endpoints] of unhealthy) {
      gauge.inc({ backend: this.#backendLabel(backend) }, endpoints.length);
    }
  }

  #backendLabel(backend: string): string {
    if (this.#backends.has(backend)) return backend;
    if (this.#backends.size >= BACKEND_SERIES_MOST) return OTHER;
    this.#backends.add(backend);
    return backend;
  }

  #setRevision(revision: StatusDocument['revision']): void {
    this.#gauge('holdfast_config_sequence').set(revision?.sequence ?? 0);
    const info = this.#gauge('holdfast_config_info');
    info.reset();
    if (revision === null) return;
    const { lineage, hash, origin } = revision;
    info.set({ lineage, hash, origin }, 1);
  }

  #addRequests({ route, backend, code, count }: RequestCount): void {
    this.#requests.total += count;
    if (code >= 500) this.#requests.failed += count;
    const known = this.#knowsSeries(`${route}\n${backend}\n${code}`);
    const labels = known ? { route, backend, code } : { route: OTHER, backend: OTHER, code };
    this.#counter('holdfast_http_requests_total').inc(labels, count);
  }

  #knowsSeries(key: string): boolean {
    if (this.#requestSeries.has(key)) return true;
    if (this.#requestSeries.size >= REQUEST_SERIES_MOST) return false;
    this.#requestSeries.add(key);
    return true;
  }

  #register(name: string, { type, help, labels = [] }: MetricDefinition): void {
    const options = { name, help, labelNames: labels, registers: [this.#registry] };
    if (type === 'counter') this.#counters.set(name as CounterName, new Counter(options));
    if (type === 'gauge') this.#gauges.set(name as GaugeName, new Gauge(options));
  }

  #counter(name: CounterName): Counter {
    return this.#counters.get(name)!;
  }

  #gauge(name: GaugeName): Gauge {
    return this.#gauges.get(name)!;
  }
}
