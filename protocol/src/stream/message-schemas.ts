/** JSON Schemas of the stream's messages. Fields that are not named here are ignored: they come from newer versions. */
import { ENDPOINT_FIELDS } from '../configuration/schema.ts';
import { BOOLEAN, freeText, integer, list, openObject, type Schema, text } from '../validation/schema.ts';
import { type ControlPlaneMessage, type InstanceMessage, MAX_REVISION_FIGURES } from './messages.ts';
import { MAX_REASONS, REASON_LENGTHS } from './reasons.ts';

/** Above every bound on routes and backends together. */
const MAX_ENTRIES = 100_000;
const COUNT = integer('a count', 0, Number.MAX_SAFE_INTEGER);
const VERSION = freeText('a version', 1, 64);
const SCHEMA_LEVEL = integer('a schema level', 1, 1_000_000);

function required(
  expected: string,
  fields: Record<string, Schema>,
  optional: Record<string, Schema> = {},
): Schema {
  return openObject(expected, { ...fields, ...optional }, { required: Object.keys(fields) });
}

const revision = required('a revision', {
  lineage: text('identifier'),
  sequence: integer('a sequence', 1, Number.MAX_SAFE_INTEGER),
  hash: text('revisionHash'),
});

const workers = required('an object with desired and serving', { desired: COUNT, serving: COUNT });

const requests = required('an object with total and failed', { total: COUNT, failed: COUNT });
const revisionFigures = required('figures of a revision', { revision, requests, workerCrashes: COUNT });
/** Longer than any rollout lasts between two of its messages. */
const onTrial = { confirmByMs: integer('milliseconds', 1, 3_600_000) };

const reason = required(
  'a reason: an object with code and message',
  {
    code: freeText('a code', 1, REASON_LENGTHS.code),
    message: freeText('a message', 0, REASON_LENGTHS.message),
  },
  { pointer: freeText('a JSON pointer', 0, REASON_LENGTHS.pointer) },
);

/** Form only: the instance checks what the resources say when it has the whole set. */
const resourceEntry: Schema = {
  type: 'array',
  expected: 'a key and a resource',
  items: [text('resourceKey'), { type: 'object', expected: 'a resource' }],
  minItems: 2,
  maxItems: 2,
};
const resources = list('keys with resources', resourceEntry, { max: MAX_ENTRIES });

const endpoint = openObject('an endpoint', ENDPOINT_FIELDS, { required: ['address', 'port'] });
const endpointsFact = required('a fact about endpoints', {
  name: text('factKey'),
  version: freeText('a version', 0, 256),
  value: required(
    'an object with endpoints',
    { endpoints: list('endpoints', endpoint, { max: 10_000 }) },
    { fallback: endpoint },
  ),
});
/** Facts of kinds that came later are let through here; the codec leaves them out. */
const fact: Schema = {
  ...required('a fact: an object with kind and name', { kind: freeText('a kind', 1, 64) }),
  if: { properties: { kind: { const: 'endpoints' } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: endpointsFact,
};

export const INSTANCE_MESSAGE_SCHEMAS: Readonly<Record<InstanceMessage['type'], Schema>> = {
  hello: required(
    'a hello',
    {
      instance: text('identifier'),
      dataPlane: text('dataPlane'),
      version: VERSION,
      schemaLevel: SCHEMA_LEVEL,
    },
    { have: revision, trial: revision },
  ),
  ack: required('an ack', { revision }),
  nack: required(
    'a nack',
    { revision, reasons: list('reasons', reason, { min: 1, max: MAX_REASONS }) },
    { have: revision },
  ),
  report: required(
    'a report',
    { ready: BOOLEAN, degraded: BOOLEAN, draining: BOOLEAN, workers, requests },
    { revisions: list('figures of revisions', revisionFigures, { max: MAX_REVISION_FIGURES }) },
  ),
};

export const CONTROL_PLANE_MESSAGE_SCHEMAS: Readonly<Record<ControlPlaneMessage['type'], Schema>> = {
  welcome: required(
    'a welcome',
    { controlPlane: text('identifier'), version: VERSION, schemaLevel: SCHEMA_LEVEL },
    { zone: text('zone') },
  ),
  snapshot: required('a snapshot', { revision, resources }, onTrial),
  delta: required(
    'a delta',
    {
      from: revision,
      to: revision,
      upserts: resources,
      removals: list('keys of resources', text('resourceKey'), { max: MAX_ENTRIES }),
    },
    onTrial,
  ),
  current: required('a current', { revision }, onTrial),
  facts: required('facts', { complete: BOOLEAN, facts: list('facts', fact, { max: 50_000 }) }),
  goaway: required('a goaway', {
    spreadMs: integer('milliseconds', 0, 600_000),
    reason: freeText('a reason', 0, 1024),
  }),
};
