/** The field names that mean something to the gateway, as small numbers; every other field is ordinary and goes over as it is. */

export const FieldKind = {
  ordinary: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  expect: 5,
  upgrade: 6,
  te: 7,
  trailer: 8,
  via: 9,
  requestId: 10,
  /** The gateway says it itself: a client's own word on it is dropped, since backends trust it. */
  vouchedFor: 11,
  /** Ends with its connection (RFC 9110 7.6.1). */
  hopByHop: 12,
  keepAlive: 13,
  date: 14,
} as const;

const KINDS: readonly (readonly [name: string, kind: number])[] = [
  ['connection', FieldKind.connection],
  ['content-length', FieldKind.contentLength],
  ['date', FieldKind.date],
  ['expect', FieldKind.expect],
  ['forwarded', FieldKind.vouchedFor],
  ['host', FieldKind.host],
  ['http2-settings', FieldKind.hopByHop],
  ['keep-alive', FieldKind.keepAlive],
  ['proxy-authenticate', FieldKind.hopByHop],
  ['proxy-authorization', FieldKind.hopByHop],
  ['proxy-connection', FieldKind.hopByHop],
  ['te', FieldKind.te],
  ['trailer', FieldKind.trailer],
  ['transfer-encoding', FieldKind.transferEncoding],
  ['upgrade', FieldKind.upgrade],
  ['via', FieldKind.via],
  ['x-real-ip', FieldKind.vouchedFor],
  ['x-request-id', FieldKind.requestId],
];

/** Their like with an underscore for a dash, that backends of the CGI kind read as the real field. */
const WITHOUT_LOOK_ALIKES: ReadonlySet<string> = new Set(['date', 'te', 'expect', 'upgrade', 'trailer']);
const LOOK_ALIKES: ReadonlySet<string> = new Set(
  KINDS.map(([name]) => name).filter((name) => !WITHOUT_LOOK_ALIKES.has(name)),
);

const LONGEST = Math.max(...KINDS.map(([name]) => name.length));
const FORWARDED_PREFIX = bytesOf('x-forwarded-');
const LOWER = 0x20;
const X = 0x18;

interface Candidate {
  name: Uint8Array;
  kind: number;
}

/** No two names have their length and first letter in common, so one comparison decides. */
const CANDIDATES: (Candidate | undefined)[] = new Array((LONGEST + 1) << 5).fill(undefined);
for (const [name, kind] of KINDS) {
  const place = placeOf(name.length, name.charCodeAt(0));
  if (CANDIDATES[place] !== undefined) throw new Error(`${name} has the place of another name`);
  CANDIDATES[place] = { name: bytesOf(name), kind };
}

/** `start` to `end` is a token; `hasUnderscore` says whether one stands in it. */
export function fieldKind(bytes: Uint8Array, start: number, end: number, hasUnderscore: boolean): number {
  const length = end - start;
  const first = bytes[start]!;
  if (length <= LONGEST) {
    const candidate = CANDIDATES[placeOf(length, first)];
    if (candidate !== undefined && begins(bytes, start, candidate.name)) return candidate.kind;
  }
  if ((first & 0x1f) === X && length >= FORWARDED_PREFIX.length && begins(bytes, start, FORWARDED_PREFIX)) {
    return FieldKind.vouchedFor;
  }
  return hasUnderscore ? kindOfLookAlike(bytes, start, end) : FieldKind.ordinary;
}

function placeOf(length: number, first: number): number {
  return (length << 5) | (first & 0x1f);
}

/** For token characters alone: setting the bit makes a letter a small one and leaves the dash and digits as they are. */
function begins(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let at = 0; at < name.length; at++) {
    if ((bytes[start + at]! | LOWER) !== name[at]) return false;
  }
  return true;
}

function kindOfLookAlike(bytes: Uint8Array, start: number, end: number): number {
  const name = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 64)))
    .toLowerCase()
    .replaceAll('_', '-');
  return LOOK_ALIKES.has(name) || name.startsWith('x-forwarded-') ? FieldKind.vouchedFor : FieldKind.ordinary;
}

function bytesOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}
