/** Every metric of the operator: name, type, labels and help, for the registry and for the reference documentation. */

export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels?: readonly string[];
}

export const METRICS = {
  holdfast_operator_reconciles_total: {
    type: 'counter',
    help: 'Reconciles of DataPlanes that ended, by outcome: done, requeue, error, terminal, panic.',
    labels: ['outcome'],
  },
  holdfast_operator_reconcile_duration_seconds: {
    type: 'histogram',
    help: 'How long a reconcile took.',
  },
  holdfast_operator_queue_length: { type: 'gauge', help: 'DataPlanes that wait to be reconciled.' },
  holdfast_operator_data_planes: { type: 'gauge', help: 'DataPlanes that there are.' },
  holdfast_operator_synced: { type: 'gauge', help: '1 once every resource has been listed, else 0.' },
  holdfast_operator_leading: { type: 'gauge', help: '1 while this replica leads, else 0.' },
  holdfast_operator_terms_begun_total: { type: 'counter', help: 'Times that this replica began to lead.' },
  holdfast_operator_terms_lost_total: {
    type: 'counter',
    help: 'Times that this replica stopped to lead without having been told to end.',
  },
  holdfast_operator_election_failures_total: {
    type: 'counter',
    help: 'Tries to read or write the Lease that failed.',
  },
  holdfast_operator_child_writes_total: {
    type: 'counter',
    help: 'Children written, by kind and outcome: created, applied.',
    labels: ['kind', 'outcome'],
  },
  holdfast_operator_status_writes_total: { type: 'counter', help: 'Statuses of DataPlanes written.' },
  holdfast_operator_instance_reads_total: {
    type: 'counter',
    help: 'Questions to the status API of instances, by result: answered, invalid, silent.',
    labels: ['result'],
  },
  holdfast_operator_events_total: {
    type: 'counter',
    help: 'Events, by result: written, dropped, failed.',
    labels: ['result'],
  },
  holdfast_operator_lists_total: {
    type: 'counter',
    help: 'Lists asked of the API server, by resource.',
    labels: ['resource'],
  },
  holdfast_operator_watches_total: {
    type: 'counter',
    help: 'Watches opened at the API server, by resource.',
    labels: ['resource'],
  },
  holdfast_operator_watch_failures_total: {
    type: 'counter',
    help: 'Lists and watches that failed, by resource and reason.',
    labels: ['resource', 'reason'],
  },
  holdfast_operator_build_info: {
    type: 'gauge',
    help: '1, with the version of the program.',
    labels: ['version'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
type NamesOfType<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never;
}[MetricName];
export type CounterName = NamesOfType<'counter'>;
export type GaugeName = NamesOfType<'gauge'>;
