/** The header fields that go to a backend: what the client sent, less what only concerned us, plus what we vouch for. */
import type { CompiledRoute } from '../../routing/compiled-route.ts';
import { applyEdit, connectionOptions, type Fields, isHopByHop } from '../fields.ts';
import type { ReadHead } from './request-head.ts';

/** What the gateway says itself: a client's own word on it is dropped, since backends trust it. */
const VOUCHED_FOR: ReadonlySet<string> = new Set(['forwarded', 'host', 'via', 'x-real-ip', 'x-request-id']);

/** With an underscore for a dash, CGI-like backends read these as the real field. */
const LOOK_ALIKES: ReadonlySet<string> = new Set([
  ...VOUCHED_FOR,
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
]);

export interface RequestContext {
  head: ReadHead;
  rawHeaders: Readonly<Fields>;
  route: CompiledRoute;
  /** Host for the backend: the client's, or what the route rewrites it to. */
  host: string;
  clientAddress: string;
  listenerPort: number;
  requestId: string;
  via: string;
}

/** Fields of a plain request. */
export function requestFields(context: RequestContext): Fields {
  const { head } = context;
  const fields = forwardedFields(context);
  if (head.body === 'chunked') fields.push('Transfer-Encoding', 'chunked');
  // Without it node:http would frame the body-less POST as a chunked one.
  else if (head.body === 'none' && head.headers['content-length'] === undefined && !isBodyless(head.method)) {
    fields.push('Content-Length', '0');
  }
  if (head.takesTrailers) fields.push('TE', 'trailers', 'Connection', 'keep-alive, TE');
  return fields;
}

/** Fields of the request that opens a WebSocket. */
export function upgradeFields(context: RequestContext): Fields {
  const fields = forwardedFields(context);
  fields.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
  return fields;
}

function isBodyless(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'OPTIONS';
}

function forwardedFields(context: RequestContext): Fields {
  const { head, rawHeaders, clientAddress } = context;
  const fields: Fields = ['Host', context.host];
  const options = connectionOptions(rawHeaders);
  let via = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    const lower = name.toLowerCase();
    if (lower === 'via') via += `${rawHeaders[at + 1]!}, `;
    if (isHopByHop(lower, options) || isReplaced(lower) || !isForwardable(lower, head)) continue;
    fields.push(name, rawHeaders[at + 1]!);
  }
  fields.push('Via', via + context.via, 'X-Request-Id', context.requestId);
  fields.push('X-Forwarded-For', clientAddress, 'X-Forwarded-Proto', 'http');
  if (head.authority !== '') fields.push('X-Forwarded-Host', head.authority);
  fields.push('X-Forwarded-Port', String(context.listenerPort));
  return applyEdit(fields, context.route.requestHeaders);
}

function isReplaced(name: string): boolean {
  if (VOUCHED_FOR.has(name) || name.startsWith('x-forwarded-')) return true;
  if (!name.includes('_')) return false;
  const dashed = name.replaceAll('_', '-');
  return LOOK_ALIKES.has(dashed) || dashed.startsWith('x-forwarded-');
}

function isForwardable(name: string, head: ReadHead): boolean {
  if (name === 'expect') return head.expectsContinue;
  // node:http refuses it on a message that isn't chunked, where it means nothing anyway.
  if (name === 'trailer') return head.body === 'chunked';
  return true;
}
