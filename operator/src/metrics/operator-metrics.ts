/** The registry of the operator: what is counted here, and what the parts of kube/ count themselves. */
import type { EventCounts } from '@holdfast/kube/events/event-recorder.ts';
import type { ElectionCounts } from '@holdfast/kube/leadership/leader-election.ts';
import type { ReflectorCounts } from '@holdfast/kube/reflector/reflector.ts';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type CounterName, type GaugeName, METRICS, type MetricDefinition } from './metrics.ts';

/** What the operator knows at the moment of a scrape. */
export interface Figures {
  queueLength: number;
  dataPlanes: number;
  isSynced: boolean;
  isLeading: boolean;
  election: ElectionCounts;
  events: EventCounts;
  /** By plural name of the resource, of each reflector. */
  watches: Record<string, ReflectorCounts[]>;
}

const BUCKETS_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 120];

export class OperatorMetrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<CounterName, Counter>();
  readonly #gauges = new Map<GaugeName, Gauge>();
  readonly #durations: Histogram;

  constructor(version: string) {
    const name = 'holdfast_operator_reconcile_duration_seconds';
    const { help } = METRICS[name];
    this.#durations = new Histogram({ name, help, buckets: BUCKETS_SECONDS, registers: [this.#registry] });
    for (const [name, definition] of Object.entries<MetricDefinition>(METRICS))
      this.#register(name, definition);
    this.#gauge('holdfast_operator_build_info').set({ version }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: CounterName, labels: Record<string, string> = {}): void {
    this.#counters.get(name)!.inc(labels);
  }

  reconciled(outcome: string, durationMs: number): void {
    this.count('holdfast_operator_reconciles_total', { outcome });
    this.#durations.observe(durationMs / 1000);
  }

  /** The text for Prometheus. */
  async scrape(figures: Figures): Promise<string> {
    this.#gauge('holdfast_operator_queue_length').set(figures.queueLength);
    this.#gauge('holdfast_operator_data_planes').set(figures.dataPlanes);
    this.#gauge('holdfast_operator_synced').set(Number(figures.isSynced));
    this.#gauge('holdfast_operator_leading').set(Number(figures.isLeading));
    this.#total('holdfast_operator_terms_begun_total', {}, figures.election.termsBegun);
    this.#total('holdfast_operator_terms_lost_total', {}, figures.election.termsLost);
    this.#total('holdfast_operator_election_failures_total', {}, figures.election.failures);
    for (const [result, total] of Object.entries(figures.events)) {
      this.#total('holdfast_operator_events_total', { result }, total);
    }
    for (const [resource, counts] of Object.entries(figures.watches)) this.#watched(resource, counts);
    return this.#registry.metrics();
  }

  #watched(resource: string, counts: readonly ReflectorCounts[]): void {
    const sum = (of: (counts: ReflectorCounts) => number) => counts.reduce((all, each) => all + of(each), 0);
    this.#total(
      'holdfast_operator_lists_total',
      { resource },
      sum(({ lists }) => lists),
    );
    this.#total(
      'holdfast_operator_watches_total',
      { resource },
      sum(({ watches }) => watches),
    );
    for (const reason of new Set(counts.flatMap(({ failures }) => Object.keys(failures)))) {
      const total = sum(({ failures }) => failures[reason] ?? 0);
      this.#total('holdfast_operator_watch_failures_total', { resource, reason }, total);
    }
  }

  /** For what is counted elsewhere. */
  #total(name: CounterName, labels: Record<string, string>, total: number): void {
    const counter = this.#counters.get(name)!;
    counter.remove(labels);
    counter.inc(labels, total);
  }

  #gauge(name: GaugeName): Gauge {
    return this.#gauges.get(name)!;
  }

  #register(name: string, { type, help, labels = [] }: MetricDefinition): void {
    const options = { name, help, labelNames: labels, registers: [this.#registry] };
    if (type === 'counter') this.#counters.set(name as CounterName, new Counter(options));
    if (type === 'gauge') this.#gauges.set(name as GaugeName, new Gauge(options));
  }
}
