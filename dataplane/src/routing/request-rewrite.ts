/** What URLRewrite and RequestRedirect make of a request: the path to send on, the Location to answer with. */
import type { CompiledRedirect, MatchedRoute, PathEdit, RequestHead } from './compiled-route.ts';

/** What a redirect leaves as it was comes from here. */
export interface RedirectedRequest extends Pick<RequestHead, 'hostname' | 'path' | 'query'> {
  /** As the client used it. */
  scheme: 'http' | 'https';
  /** Of the listener, as clients reach it. */
  listenerPort: number;
}

const WELL_KNOWN_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * The edited path. ReplacePrefixMatch goes by whole segments, and a trailing slash of either prefix counts for nothing;
 * without a prefix that matched, it changes nothing.
 */
export function editPath(path: string, edit: PathEdit | undefined, prefix: MatchedRoute['prefix']): string {
  if (edit === undefined) return path;
  if ('full' in edit) return edit.full;
  if (prefix === undefined) return path;
  const rest = path.slice(withoutTrailingSlash(prefix).length);
  return withoutTrailingSlash(edit.prefix) + rest || '/';
}

/** The value of Location: absolute, with the request's query. */
export function redirectLocation(
  redirect: CompiledRedirect,
  request: RedirectedRequest,
  prefix: MatchedRoute['prefix'],
): string {
  const scheme = redirect.scheme ?? request.scheme;
  const hostname = redirect.hostname ?? request.hostname;
  const port = redirectPort(redirect, request);
  const authority = port === WELL_KNOWN_PORTS[scheme] ? hostname : `${hostname}:${port}`;
  const query = request.query === '' ? '' : `?${request.query}`;
  return `${scheme}://${authority}${editPath(request.path, redirect.path, prefix)}${query}`;
}

/** Gateway API: the port that is set, else that of the scheme that is set, else the listener's. */
function redirectPort(redirect: CompiledRedirect, request: RedirectedRequest): number {
  const ofScheme = redirect.scheme === undefined ? undefined : WELL_KNOWN_PORTS[redirect.scheme];
  return redirect.port ?? ofScheme ?? request.listenerPort;
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
