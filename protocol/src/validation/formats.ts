/** The formats that texts in our JSON Schemas can have, each with its check and its words. */
import { isIP } from 'node:net';
import { DURATION_EXPECTED, parseDuration } from '../values/duration.ts';
import * as field from '../values/field.ts';
import * as hostname from '../values/hostname.ts';
import * as name from '../values/name.ts';
import { isCanonicalPath, PATH_EXPECTED } from '../values/path.ts';

export interface Format {
  /** Completes "expected ...". */
  expected: string;
  /** Linear in the text's length, whatever the text. */
  validate(text: string): boolean;
}

/** Timers of Node end at 2^31 ms and then fire at once; a day is far below that. */
const MAX_TIMEOUT_MS = 86_400_000;

function isTimeout(text: string): boolean {
  const milliseconds = parseDuration(text);
  return milliseconds !== undefined && milliseconds <= MAX_TIMEOUT_MS;
}

/** Without the zone of a scoped address (`fe80::1%eth0`): it means something on one machine only. */
function isAddress(text: string): boolean {
  return text.length <= 45 && isIP(text) !== 0 && !text.includes('%');
}

function table<Name extends string>(formats: Record<Name, Format>): Readonly<Record<Name, Format>> {
  return formats;
}

export const FORMATS = table({
  name: { validate: name.isName, expected: name.NAME_EXPECTED },
  serviceName: { validate: name.isServiceName, expected: name.SERVICE_NAME_EXPECTED },
  zone: { validate: name.isZone, expected: name.ZONE_EXPECTED },
  dataPlane: { validate: name.isDataPlane, expected: name.DATA_PLANE_EXPECTED },
  hostname: { validate: hostname.isHostname, expected: hostname.HOSTNAME_EXPECTED },
  routeHostname: { validate: hostname.isRouteHostname, expected: hostname.ROUTE_HOSTNAME_EXPECTED },
  address: { validate: isAddress, expected: 'an IPv4 or IPv6 address' },
  path: { validate: isCanonicalPath, expected: PATH_EXPECTED },
  pathOrEmpty: {
    validate: (text) => text === '' || isCanonicalPath(text),
    expected: `${PATH_EXPECTED}; or an empty text`,
  },
  fieldName: { validate: field.isFieldName, expected: field.FIELD_NAME_EXPECTED },
  modifiableField: { validate: field.isModifiableField, expected: field.MODIFIABLE_FIELD_EXPECTED },
  fieldValue: { validate: field.isFieldValue, expected: field.FIELD_VALUE_EXPECTED },
  timeout: { validate: isTimeout, expected: `${DURATION_EXPECTED}, at most 24h` },
  revisionHash: {
    validate: (text) => /^sha256:[0-9a-f]{64}$/.test(text),
    expected: 'sha256: and 64 hexadecimal digits',
  },
  identifier: {
    validate: (text) => /^[\x21-\x7e]{1,253}$/.test(text),
    expected: 'an identifier of 1 to 253 printable ASCII characters without white space',
  },
  resourceKey: {
    validate: (text) => text.length <= 300 && /^[a-z]+\/[^/]+$/.test(text),
    expected: 'a kind and a name such as route/orders',
  },
  factKey: {
    validate: (text) => text.length <= 300 && /^[-a-z0-9]+:\d{1,5}$/.test(text),
    expected: 'a Service and its port such as orders:8080',
  },
});

export type FormatName = keyof typeof FORMATS;
