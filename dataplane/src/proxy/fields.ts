/** Header fields as node:http's `rawHeaders` has them: names and values in turn, in order, in the case they came in. */
import type { HeaderEdit } from '../routing/compiled-route.ts';

export type Fields = string[];

/** RFC 9110 7.6.1, and what older specifications and HTTP/2 add to it: they concern one connection only. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * What a sender may not declare hop-by-hop: with `Connection: authorization` a client could take from the backend what
 * a policy or the backend itself relies on.
 */
const NOT_FOR_CONNECTION: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'set-cookie',
  'trailer',
  'via',
  'x-request-id',
]);

/** What a filter may not edit: the framing of a message is its sender's. */
const NOT_FOR_EDITS: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length', 'expect', 'trailer']);

/** What may not stand in a trailer (RFC 9110 6.5.1): it would change framing, routing, or who the sender is, too late. */
const NOT_FOR_TRAILERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...NOT_FOR_CONNECTION,
  'content-encoding',
  'content-range',
  'forwarded',
  'location',
  'max-forwards',
  'range',
  'retry-after',
  'www-authenticate',
  'x-real-ip',
]);

/** The names, in lower case, that `Connection` fields declare hop-by-hop; undefined where there are none. */
export function connectionOptions(fields: Readonly<Fields>): ReadonlySet<string> | undefined {
  let options: Set<string> | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    for (const option of fields[at + 1]!.toLowerCase().split(',')) {
      const token = option.trim();
      if (token === 'keep-alive' || token === 'close' || token === '') continue;
      options ??= new Set();
      options.add(token);
    }
  }
  return options;
}

/** Adds what one `Connection` field names, in lower case, `close` and `keep-alive` included. */
export function addConnectionOptions(options: Set<string> | undefined, value: string): Set<string> {
  const all = options ?? new Set<string>();
  for (const option of value.toLowerCase().split(',')) {
    const token = option.trim();
    if (token !== '') all.add(token);
  }
  return all;
}

/** Whether a field ends with this hop. `name` is in lower case. */
export function isHopByHop(name: string, options: ReadonlySet<string> | undefined): boolean {
  if (HOP_BY_HOP.has(name)) return true;
  if (options === undefined || !options.has(name)) return false;
  return !NOT_FOR_CONNECTION.has(name) && !name.startsWith('x-forwarded-');
}

/** A filter's edit: set, then add, then remove. */
export function applyEdit(fields: Fields, edit: HeaderEdit | undefined): Fields {
  if (edit === undefined) return fields;
  let edited = fields;
  for (const [name, value] of edit.set) {
    if (NOT_FOR_EDITS.has(name)) continue;
    edited = withoutField(edited, name);
    edited.push(name, value);
  }
  for (const [name, value] of edit.add) {
    if (!NOT_FOR_EDITS.has(name) && name !== 'host') edited.push(name, value);
  }
  for (const name of edit.remove) {
    if (!NOT_FOR_EDITS.has(name) && name !== 'host') edited = withoutField(edited, name);
  }
  return edited;
}

function withoutField(fields: Fields, name: string): Fields {
  const kept: Fields = [];
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at]!.toLowerCase() !== name) kept.push(fields[at]!, fields[at + 1]!);
  }
  return kept;
}

/** The fields as the object that node:http and http-proxy take; repeated fields become arrays. */
export function fieldsObject(fields: Readonly<Fields>): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null);
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase();
    const value = fields[at + 1]!;
    const earlier = object[name];
    object[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return object;
}

/** Trailer fields that may be passed on, as name and value pairs. */
export function forwardableTrailers(rawTrailers: Readonly<Fields>): [name: string, value: string][] {
  const kept: [string, string][] = [];
  for (let at = 0; at < rawTrailers.length; at += 2) {
    const name = rawTrailers[at]!.toLowerCase().replaceAll('_', '-');
    if (NOT_FOR_TRAILERS.has(name) || name.startsWith('x-forwarded-')) continue;
    kept.push([rawTrailers[at]!, rawTrailers[at + 1]!]);
  }
  return kept;
}
