/** A request's head as the rest of the path uses it, or why it is refused (RFC 9110 7.2, RFC 9112 3.2 and 6.1). */
import { canonicalPath } from '../../routing/canonical-path.ts';
import type { RequestHead } from '../../routing/compiled-route.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import type { PlannedHead } from '../request-plan.ts';

export interface ReadHead extends PlannedHead {
  body: 'none' | 'length' | 'chunked';
  expectsContinue: boolean;
  /** The client has said `TE: trailers`. */
  takesTrailers: boolean;
}

/** What is read: the part of node:http's IncomingMessage that holds the head. */
export interface ReceivedHead {
  method?: string | undefined;
  url?: string | undefined;
  httpVersion: string;
  headers: RequestHead['headers'];
  rawHeaders: readonly string[];
}

export type HeadReading =
  | { head: ReadHead; refused?: undefined }
  | { head?: undefined; refused: ClientErrorCode };

const AUTHORITY = /^(?:([A-Za-z0-9._-]+)|(\[[0-9A-Fa-f:.]+\]))(?::(\d{1,5}))?$/;
const ABSOLUTE_FORM = /^http:\/\/([^/?]*)(.*)$/i;
const VISIBLE_ASCII = /^[!-~]*$/;

export function readRequestHead(received: ReceivedHead, listener: string, maxFields: number): HeadReading {
  const method = received.method ?? '';
  const { headers, httpVersion } = received;
  // RFC 9112 2.3: another major version frames its messages in a way of its own.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return { refused: 'VersionNotSupported' };
  if (received.rawHeaders.length > 2 * maxFields) return { refused: 'HeaderTooLarge' };
  if (method === 'CONNECT' || method === 'TRACE') return { refused: 'MethodNotSupported' };
  const body = bodyOf(received);
  if (body === 'malformed') return { refused: 'MalformedRequest' };
  if (body === 'unknownCoding') return { refused: 'CodingNotSupported' };
  const expects = expectation(received);
  if (expects === 'unknown') return { refused: 'ExpectationFailed' };
  const target = readTarget(received);
  if (target.refused !== undefined) return target;
  const { path } = canonicalPath(target.path);
  if (path === undefined) return { refused: 'InvalidPath' };
  return {
    head: {
      listener,
      hostname: target.hostname,
      authority: target.authority,
      via: headers.via?.toString() ?? '',
      path,
      query: target.query,
      method,
      headers,
      body,
      expectsContinue: expects === 'continue' && body !== 'none',
      takesTrailers: headers.te !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(String(headers.te)),
    },
  };
}

function bodyOf({ headers, httpVersion }: ReceivedHead): ReadHead['body'] | 'malformed' | 'unknownCoding' {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    // An HTTP/1.0 message with a coding is framed in a way that programs on the way may read differently.
    if (httpVersion !== '1.1' || headers['content-length'] !== undefined) return 'malformed';
    return String(coding).toLowerCase() === 'chunked' ? 'chunked' : 'unknownCoding';
  }
  const length = headers['content-length'];
  return length === undefined || /^0+$/.test(String(length)) ? 'none' : 'length';
}

/** An HTTP/1.0 client's expectation is ignored (RFC 9110 10.1.1). */
function expectation({ headers, httpVersion }: ReceivedHead): 'none' | 'continue' | 'unknown' {
  if (headers.expect === undefined || httpVersion !== '1.1') return 'none';
  return String(headers.expect).toLowerCase() === '100-continue' ? 'continue' : 'unknown';
}

type Target =
  | { authority: string; hostname: string; path: string; query: string; refused?: undefined }
  | { refused: ClientErrorCode };

function readTarget(received: ReceivedHead): Target {
  const url = received.url ?? '';
  if (!VISIBLE_ASCII.test(url) || url.includes('#')) return { refused: 'InvalidTarget' };
  const hosts = countHosts(received.rawHeaders);
  const host = readAuthority(String(received.headers.host ?? ''));
  const mayLackHost = received.httpVersion === '1.0' && hosts === 0;
  if (hosts > 1 || (host === undefined && !mayLackHost)) return { refused: 'InvalidHost' };
  if (url.startsWith('/')) return { ...(host ?? NO_HOST), ...splitQuery(url) };
  const absolute = ABSOLUTE_FORM.exec(url);
  const named = absolute === null ? undefined : readAuthority(absolute[1]!);
  if (absolute === null || named === undefined) return { refused: 'InvalidTarget' };
  // The target's host counts and not the Host field (RFC 9112 3.2.2).
  return { ...named, ...splitQuery(absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]!}`) };
}

const NO_HOST = { authority: '', hostname: '' };

function readAuthority(authority: string): { authority: string; hostname: string } | undefined {
  const parts = AUTHORITY.exec(authority);
  if (parts === null || Number(parts[3] ?? 0) > 65_535) return undefined;
  const hostname = (parts[1] ?? parts[2]!).toLowerCase();
  return { authority, hostname: hostname.endsWith('.') ? hostname.slice(0, -1) : hostname };
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') count++;
  }
  return count;
}

function splitQuery(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
