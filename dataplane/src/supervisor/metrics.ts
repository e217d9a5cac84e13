/** Every metric of an instance: name, type, labels and help, for the registry and for the reference documentation. */

export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels?: readonly string[];
}

export const METRICS = {
  holdfast_http_requests_total: {
    type: 'counter',
    help: 'Requests answered, by route, backend and status code; above 10,000 combinations new ones count under route and backend "other".',
    labels: ['route', 'backend', 'code'],
  },
  holdfast_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to the end of its response; above 1,000 routes new ones count under "other".',
    labels: ['route'],
  },
  holdfast_http_rejected_total: {
    type: 'counter',
    help: 'Requests refused before a route was known, by reason.',
    labels: ['reason'],
  },
  holdfast_http_upstream_retries_total: {
    type: 'counter',
    help: 'Tries of a request on another endpoint after a failed one.',
  },
  holdfast_backend_retries_total: {
    type: 'counter',
    help: 'Tries that the retry of a route asked for; above 1,000 backends new ones count under "other", here and in the following.',
    labels: ['backend'],
  },
  holdfast_backend_ejections_total: {
    type: 'counter',
    help: 'Endpoints taken out for a while by passive health checks, counted where the errors were seen.',
    labels: ['backend'],
  },
  holdfast_backend_refused_total: {
    type: 'counter',
    help: 'What a limit of a backend refused: requests, connections, pending (requests that wait for a connection) or retries (the budget).',
    labels: ['backend', 'limit'],
  },
  holdfast_backend_unhealthy_endpoints: {
    type: 'gauge',
    help: 'Endpoints that fail the active health checks, of backends that have any.',
    labels: ['backend'],
  },
  holdfast_health_checks_total: {
    type: 'counter',
    help: 'Active health checks, by result: good or failed.',
    labels: ['result'],
  },
  holdfast_dns_failures_total: {
    type: 'counter',
    help: 'Failed tries to resolve the name of a backend; the addresses known before stay in use.',
  },
  holdfast_connections: { type: 'gauge', help: 'Connections of clients that are open.' },
  holdfast_requests_in_flight: { type: 'gauge', help: 'Requests that are being answered.' },
  holdfast_upgraded_connections: {
    type: 'gauge',
    help: 'Connections that were upgraded, such as WebSockets, and are open.',
  },
  holdfast_control_plane_connected: {
    type: 'gauge',
    help: '1 while a stream to a control plane is open, else 0.',
  },
  holdfast_control_plane_since_timestamp_seconds: {
    type: 'gauge',
    help: 'When holdfast_control_plane_connected became what it is, in seconds since 1970.',
  },
  holdfast_control_plane_connects_total: { type: 'counter', help: 'Streams opened to a control plane.' },
  holdfast_control_plane_connect_failures_total: {
    type: 'counter',
    help: 'Tries to open a stream that failed.',
  },
  holdfast_control_plane_messages_total: {
    type: 'counter',
    help: 'Messages received on the stream, by type.',
    labels: ['type'],
  },
  holdfast_control_plane_message_bytes_total: {
    type: 'counter',
    help: 'Bytes received on the stream as they were on the wire, by type of message.',
    labels: ['type'],
  },
  holdfast_config_sequence: { type: 'gauge', help: 'Sequence of the revision that serves; 0 without any.' },
  holdfast_config_info: {
    type: 'gauge',
    help: '1 for the revision that serves; absent without any.',
    labels: ['lineage', 'hash', 'origin'],
  },
  holdfast_config_refused_total: { type: 'counter', help: 'Revisions refused, by the agent or by a worker.' },
  holdfast_config_cache_failures_total: {
    type: 'counter',
    help: 'Failed reads and writes of the cache directory.',
  },
  holdfast_config_bootstrap_failures_total: {
    type: 'counter',
    help: 'Times that something new was wrong with the bootstrap directory.',
  },
  holdfast_workers_desired: { type: 'gauge', help: 'Workers that shall run.' },
  holdfast_workers_serving: { type: 'gauge', help: 'Workers that serve a revision.' },
  holdfast_worker_restarts_total: {
    type: 'counter',
    help: 'Workers replaced, by reason: crashed, silent, start_timeout, commit_timeout, refused, start_failed.',
    labels: ['reason'],
  },
  holdfast_agent_restarts_total: {
    type: 'counter',
    help: 'Times that the agent died and was started again.',
  },
  holdfast_ready: { type: 'gauge', help: '1 while the instance is ready, else 0.' },
  holdfast_draining: { type: 'gauge', help: '1 while the instance drains, else 0.' },
  holdfast_build_info: { type: 'gauge', help: '1, with the version of the program.', labels: ['version'] },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
type NamesOfType<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never;
}[MetricName];
export type CounterName = NamesOfType<'counter'>;
export type GaugeName = NamesOfType<'gauge'>;
