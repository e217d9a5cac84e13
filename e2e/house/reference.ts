/** Renders docs/reference.md from the tables of the programs: flags, metrics, error codes, states, status fields. */

import { DATA_PLANE_CONDITIONS, DATA_PLANE_REASONS } from '@holdfast/api/data-plane-conditions.ts';
import { REVISION_STATES } from '@holdfast/controlplane/api/revision-views.ts';
import { CONTROL_PLANE_ERRORS, STREAM_CLOSES, UPGRADE_REFUSALS } from '@holdfast/controlplane/errors.ts';
import { INSTANCE_STATES } from '@holdfast/controlplane/fleet/fleet.ts';
import { ControlPlaneMetrics } from '@holdfast/controlplane/metrics/metrics.ts';
import { FATE_REASONS } from '@holdfast/controlplane/revisions/revision-fate.ts';
import { ROLLOUT_REASONS } from '@holdfast/controlplane/rollout/rollout.ts';
import { FLAGS as CONTROL_PLANE_FLAGS } from '@holdfast/controlplane/settings/flags.ts';
import { COLD_START_REASONS } from '@holdfast/controlplane/status/cold-start-ready.ts';
import { CONFIG_ACCEPTED_REASONS } from '@holdfast/controlplane/status/config-accepted.ts';
import { CACHE_PROBLEMS } from '@holdfast/dataplane/configuration/cache-file.ts';
import { REFUSALS } from '@holdfast/dataplane/configuration/refusals.ts';
import { START_ERRORS } from '@holdfast/dataplane/errors.ts';
import { CLIENT_ERRORS, type ClientError } from '@holdfast/dataplane/proxy/client-errors.ts';
import { COMPILE_REASONS } from '@holdfast/dataplane/routing/compile-error.ts';
import { FLAGS } from '@holdfast/dataplane/settings/flags.ts';
import { METRICS, type MetricDefinition } from '@holdfast/dataplane/supervisor/metrics.ts';
import { API_ERRORS, KUBE_ERRORS } from '@holdfast/kube/errors.ts';
import { OPERATOR_ERRORS, START_ERRORS as OPERATOR_START_ERRORS } from '@holdfast/operator/errors.ts';
import { METRICS as OPERATOR_METRICS } from '@holdfast/operator/metrics/metrics.ts';
import { FLAGS as OPERATOR_FLAGS } from '@holdfast/operator/settings/flags.ts';
import type { Flags } from '@holdfast/program/settings/flag.ts';
import { BOOTSTRAP_PROBLEMS } from '@holdfast/protocol/bootstrap/bootstrap-error.ts';
import { PROTOCOL_ERRORS } from '@holdfast/protocol/errors.ts';
import { STATUS_FIELDS, STATUS_REASONS } from '@holdfast/protocol/status/status-document.ts';

export function renderReference(): string {
  return `${[
    '# Reference',
    'Written from the tables of the programs by `make reference`; a test compares the two.',
    '## Instance',
    '### Flags',
    'Started by `npx node dataplane/src/main.ts`. A flag beats its variable; the variable of a repeatable flag is a comma-separated list. A value that is not allowed: one line on stderr, exit code 2.',
    table(['flag', 'variable', 'meaning', 'default'], flagRows(FLAGS)),
    '### Errors at the start',
    table(
      ['code', 'exit code', 'meaning'],
      rows(START_ERRORS, ({ exitCode, description }) => [String(exitCode), description]),
    ),
    '### Status API',
    "`GET /status` answers 200 while the instance is healthy, else 503; `GET /status/ready` 200 while it can serve, else 503; `GET /metrics` in Prometheus' text format. Both status paths answer with this document:",
    table(
      ['field', 'meaning'],
      rows(STATUS_FIELDS, (meaning) => [meaning]),
    ),
    'Codes of `reasons`:',
    table(
      ['code', 'meaning'],
      rows(STATUS_REASONS, (meaning) => [meaning]),
    ),
    '### Answers to clients',
    'What the gateway answers itself carries its code in the header `Holdfast-Reason` and, as JSON or text by `Accept`, in the body. Those marked have a `Retry-After`.',
    table(['code', 'status', 'meaning'], rows<ClientError>(CLIENT_ERRORS, clientErrorCells)),
    '### Why a revision is refused',
    'Codes of a nack, as the log of the instance and `/api/v1/instances` of the control plane show them.',
    table(
      ['code', 'meaning'],
      rows({ ...REFUSALS, ...COMPILE_REASONS }, (meaning) => [meaning]),
    ),
    '### What can be wrong with the cache directory',
    'Said once in the log as `problem`, and again when it comes back after it was well; never fatal.',
    table(
      ['problem', 'meaning'],
      rows(CACHE_PROBLEMS, (meaning) => [meaning]),
    ),
    '### What can be wrong with the bootstrap directory',
    'Said once in the log as `problem`; never fatal. The directory is looked at each 2 s while the instance has no revision.',
    table(
      ['problem', 'meaning'],
      rows(BOOTSTRAP_PROBLEMS, (meaning) => [meaning]),
    ),
    '### Metrics',
    table(['metric', 'type', 'labels', 'meaning'], rows<MetricDefinition>(METRICS, metricCells)),
    "Beside these, prom-client's default metrics of the supervisor (`process_`, `nodejs_`).",
    '## Control plane',
    '### Flags',
    'Started by `npx node controlplane/src/main.ts`. A flag beats its variable. A value that is not allowed: one line on stderr, exit code 2.',
    table(['flag', 'variable', 'meaning', 'default'], flagRows(CONTROL_PLANE_FLAGS)),
    '### API',
    'Read-only, on the address of `--api`: `GET /api/v1/instances`, `GET /api/v1/revisions`, `GET /metrics`, `GET /status` and `GET /status/ready` (200 once every source has been read and the stream listens).',
    'States of an instance:',
    table(
      ['state', 'meaning'],
      rows(INSTANCE_STATES, (meaning) => [meaning]),
    ),
    'States of a revision:',
    table(
      ['state', 'meaning'],
      rows(REVISION_STATES, (meaning) => [meaning]),
    ),
    'Reasons of a ConfigRevision, with the phases that they explain:',
    table(
      ['reason', 'meaning'],
      rows({ ...FATE_REASONS, ...ROLLOUT_REASONS }, (meaning) => [meaning]),
    ),
    '### Errors',
    table(
      ['code', 'meaning'],
      rows(CONTROL_PLANE_ERRORS, (meaning) => [meaning]),
    ),
    'An upgrade to a stream that is turned away:',
    table(
      ['reason', 'status', 'meaning'],
      rows(UPGRADE_REFUSALS, ({ status, description }) => [String(status), description]),
    ),
    'A stream that the control plane closes:',
    table(
      ['reason', 'close code', 'meaning'],
      rows(STREAM_CLOSES, ({ code, description }) => [String(code), description]),
    ),
    '### Metrics',
    table(['metric', 'type', 'labels', 'meaning'], controlPlaneMetrics()),
    "Beside these, prom-client's default metrics (`process_`, `nodejs_`).",
    '## Operator',
    '### Flags',
    'Runs in the cluster, from the chart; `npx node operator/src/main.ts` runs it with your own kubeconfig.',
    table(['flag', 'variable', 'meaning', 'default'], flagRows(OPERATOR_FLAGS)),
    '### Errors at the start',
    table(
      ['code', 'exit code', 'meaning'],
      rows(OPERATOR_START_ERRORS, ({ exitCode, description }) => [String(exitCode), description]),
    ),
    '### Errors',
    table(
      ['code', 'meaning'],
      rows(OPERATOR_ERRORS, (meaning) => [meaning]),
    ),
    '### Metrics',
    table(['metric', 'type', 'labels', 'meaning'], rows<MetricDefinition>(OPERATOR_METRICS, metricCells)),
    '## DataPlane',
    'Conditions, and what each says when it is True:',
    table(
      ['condition', 'meaning'],
      rows(DATA_PLANE_CONDITIONS, (meaning) => [meaning]),
    ),
    'Their reasons, from the operator:',
    table(
      ['reason', 'meaning'],
      rows(DATA_PLANE_REASONS, (meaning) => [meaning]),
    ),
    'Reasons of ConfigAccepted, from the control plane:',
    table(
      ['reason', 'meaning'],
      rows(CONFIG_ACCEPTED_REASONS, (meaning) => [meaning]),
    ),
    'Reasons of ColdStartReady, from the control plane:',
    table(
      ['reason', 'meaning'],
      rows(COLD_START_REASONS, (meaning) => [meaning]),
    ),
    '## Requests to the API server that fail',
    table(
      ['code', 'meaning'],
      rows(API_ERRORS, ({ description }) => [description]),
    ),
    table(
      ['code', 'meaning'],
      rows(KUBE_ERRORS, (meaning) => [meaning]),
    ),
    '## Stream messages that are not accepted',
    table(
      ['code', 'meaning'],
      rows(PROTOCOL_ERRORS, (meaning) => [meaning]),
    ),
  ].join('\n\n')}\n`;
}

function flagRows(flags: Flags): string[][] {
  return Object.values(flags).map(({ flag, variable, description, default: fallback, repeatable }) => [
    code(flag),
    code(variable),
    repeatable ? `${description}; repeatable` : description,
    fallback ?? '',
  ]);
}

function controlPlaneMetrics(): string[][] {
  return new ControlPlaneMetrics().registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('holdfast_'))
    .map((metric) => {
      const { name, type, help, labelNames } = metric as typeof metric & { labelNames: string[] };
      return [code(name), String(type), labelNames.map(code).join(', '), help];
    });
}

function metricCells({ type, labels, help }: MetricDefinition): string[] {
  return [type, (labels ?? []).map(code).join(', '), help];
}

function clientErrorCells({ status, description, retryable }: ClientError): string[] {
  return [String(status), retryable ? `${description} (\`Retry-After\`)` : description];
}

function rows<T>(entries: Readonly<Record<string, T>>, cells: (entry: T) => string[]): string[][] {
  return Object.entries(entries).map(([name, entry]) => [code(name), ...cells(entry)]);
}

function table(header: string[], body: string[][]): string {
  return [header, header.map(() => '---'), ...body].map(line).join('\n');
}

function line(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
