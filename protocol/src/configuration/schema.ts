/** JSON Schemas of the gateway configuration: form and bounds. What one field says about another is in the rules. */
import {
  choice,
  closedObject,
  freeText,
  integer,
  list,
  type Schema,
  text,
  union,
} from '../validation/schema.ts';

export const MAX_ROUTES = 50_000;
export const MAX_BACKENDS = 50_000;
/** Of one resource's canonical JSON in UTF-8. */
export const MAX_RESOURCE_BYTES = 65_536;

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
export const REDIRECT_STATUS_CODES = [301, 302, 303, 307, 308];

const NO_REGULAR_EXPRESSIONS =
  'regular expressions are not supported: one that backtracks would stall a worker';
const EXACT_ONLY = choice(['Exact'], NO_REGULAR_EXPRESSIONS);
const PORT = integer('a port', 1, 65_535);

/** Names and values; values may be credentials and are never quoted in an error. */
function namedValues(
  expected: string,
  name: Schema,
  value: Schema,
  extra: Record<string, Schema> = {},
): Schema {
  const item = closedObject(
    'an object with name and value',
    { ...extra, name, value: { ...value, concealed: true } },
    { required: ['name', 'value'], concealed: true },
  );
  return list(expected, item, { max: 16, concealed: true });
}

const pathMatch = closedObject(
  'an object with value, and type where it is not PathPrefix',
  { type: choice(['Exact', 'PathPrefix'], NO_REGULAR_EXPRESSIONS), value: text('path') },
  { required: ['value'] },
);

const match = closedObject('a match: an object with path, method, headers or queryParams', {
  path: pathMatch,
  method: choice(METHODS),
  headers: namedValues('header matches', text('fieldName'), text('fieldValue'), { type: EXACT_ONLY }),
  queryParams: namedValues(
    'query parameter matches',
    freeText('the name of a query parameter', 1, 256),
    freeText('the value of a query parameter', 1, 1024),
    { type: EXACT_ONLY },
  ),
});

const headerModifier = closedObject('an object with set, add or remove', {
  set: namedValues('headers to set', text('modifiableField'), text('fieldValue')),
  add: namedValues('headers to add', text('modifiableField'), text('fieldValue')),
  remove: list('names of headers', text('modifiableField'), { max: 16 }),
});

const pathModifier = union('an object that replaces the path', {
  ReplaceFullPath: { replaceFullPath: text('path') },
  ReplacePrefixMatch: { replacePrefixMatch: text('pathOrEmpty') },
});

const requestRedirect = closedObject('an object with scheme, hostname, path, port or statusCode', {
  scheme: choice(['http', 'https']),
  hostname: text('hostname'),
  path: pathModifier,
  port: PORT,
  statusCode: choice(REDIRECT_STATUS_CODES),
});

const urlRewrite = closedObject('an object with hostname or path', {
  hostname: text('hostname'),
  path: pathModifier,
});

const filter = union(
  'a filter: an object with type and the field of that type',
  {
    RequestHeaderModifier: { requestHeaderModifier: headerModifier },
    ResponseHeaderModifier: { responseHeaderModifier: headerModifier },
    RequestRedirect: { requestRedirect },
    URLRewrite: { urlRewrite },
  },
  { hint: 'RequestMirror, CORS, ExternalAuth and ExtensionRef are not supported yet' },
);

const backendRef = closedObject(
  'an object with name and weight',
  { name: text('name'), weight: integer('a weight', 0, 1_000_000) },
  {
    required: ['name'],
    notYet: {
      port: "the port is the backend's own",
      namespace: 'a backend is one of this configuration',
      filters: 'filters of one backendRef are not supported yet',
    },
  },
);

export const ROUTE_SCHEMA = closedObject(
  'a route: an object with a name',
  {
    name: text('name'),
    listeners: list('names of listeners', text('name'), { max: 64 }),
    hostnames: list('hostnames', text('routeHostname'), { max: 64 }),
    matches: list('matches (without the field: every path matches)', match, { min: 1, max: 64 }),
    filters: list('filters', filter, { max: 16 }),
    backendRefs: list('references to backends', backendRef, { max: 16 }),
    timeouts: closedObject('an object with request or backendRequest', {
      request: text('timeout'),
      backendRequest: text('timeout'),
    }),
    retry: closedObject('an object with attempts, codes or backoff', {
      attempts: integer('a number', 1, 10),
      codes: list('status codes', integer('a status code', 400, 599), { min: 1, max: 32 }),
      backoff: text('timeout'),
    }),
  },
  {
    required: ['name'],
    notYet: {
      sessionPersistence: 'sessionPersistence is not supported yet',
    },
  },
);

export const ENDPOINT_FIELDS = { address: text('address'), port: PORT, zone: text('zone') };

const service = closedObject(
  'an object with name and port',
  { name: text('serviceName'), port: PORT },
  { required: ['name', 'port'], notYet: { namespace: "a Service is one of the DataPlane's own namespace" } },
);

const PERCENT = integer('percent', 0, 100);
const THRESHOLD = integer('a number', 1, 100);

const loadBalancing = closedObject(
  'an object with policy',
  {
    policy: choice(['RoundRobin', 'LeastRequest', 'Random', 'ConsistentHash']),
    consistentHash: union('an object with type, and header where it is Header', {
      SourceAddress: {},
      Header: { header: text('fieldName') },
    }),
    trafficDistribution: choice(['PreferSameZone']),
  },
  { required: ['policy'] },
);

const healthCheck = closedObject('an object with active, passive or panicThreshold', {
  active: closedObject('an object with path, interval, timeout and thresholds', {
    path: text('path'),
    hostname: text('hostname'),
    expectedStatuses: list('status codes', integer('a status code', 200, 599), { min: 1, max: 32 }),
    interval: text('timeout'),
    timeout: text('timeout'),
    healthyThreshold: THRESHOLD,
    unhealthyThreshold: THRESHOLD,
  }),
  passive: closedObject('an object with consecutiveErrors, baseEjection, maxEjection or maxEjectionPercent', {
    consecutiveErrors: THRESHOLD,
    baseEjection: text('timeout'),
    maxEjection: text('timeout'),
    maxEjectionPercent: PERCENT,
  }),
  panicThreshold: PERCENT,
});

const LIMIT = integer('a number', 1, 1_000_000);

export const BACKEND_SCHEMA = closedObject(
  'a backend: an object with a name and one of endpoints, service and dns',
  {
    name: text('name'),
    endpoints: list(
      'endpoints',
      closedObject('an endpoint: an object with address and port', ENDPOINT_FIELDS, {
        required: ['address', 'port'],
      }),
      { max: 1000 },
    ),
    service,
    dns: closedObject(
      'an object with hostname and port',
      { hostname: text('hostname'), port: PORT },
      { required: ['hostname', 'port'] },
    ),
    loadBalancing,
    healthCheck,
    limits: closedObject('an object with maxConnections, maxPendingRequests or maxRequests', {
      maxConnections: LIMIT,
      maxPendingRequests: LIMIT,
      maxRequests: LIMIT,
    }),
    retryBudget: closedObject('an object with percent', { percent: PERCENT }, { required: ['percent'] }),
  },
  {
    required: ['name'],
    notYet: { sessionPersistence: 'sessionPersistence is not supported yet' },
  },
);

/** Only the outer form: each route and each backend is checked by itself, so that one error does not hide others. */
export const DOCUMENT_SCHEMA = closedObject(
  'a document: an object with routes or backends',
  {
    routes: list('routes', {}, { max: MAX_ROUTES }),
    backends: list('backends', {}, { max: MAX_BACKENDS }),
  },
  { notYet: { certificates: 'certificates are not supported yet' } },
);
