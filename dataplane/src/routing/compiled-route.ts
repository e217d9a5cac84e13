/** A route as the request path uses it: everything that can be decided before a request comes is decided. */
import type { Backend } from '../upstreams/backend.ts';
import type { RetryPolicy } from '../upstreams/retry-policy.ts';

/** What routing looks at of a request. */
export interface RequestHead {
  listener: string;
  /** Lower case, without port and without trailing dot. */
  hostname: string;
  /** Without query; what `canonicalPath` gave. */
  path: string;
  /** Without `?`; empty where there is none. As received. */
  query: string;
  method: string;
  /** Names in lower case, as node:http gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Immutable; a request keeps it from its match to its end, whatever is published meanwhile (I9). */
export interface CompiledRoute {
  readonly name: string;
  readonly requestHeaders?: HeaderEdit;
  readonly responseHeaders?: HeaderEdit;
  readonly redirect?: CompiledRedirect;
  readonly rewrite?: CompiledRewrite;
  /** A backend by weight; undefined where there is none to take (no backendRefs, or all weights 0). */
  pickBackend(): Backend | undefined;
  readonly timeouts: {
    /** Milliseconds; 0: none. */
    requestMs: number;
    backendRequestMs: number;
  };
  readonly retry?: RetryPolicy;
}

/** Names in lower case. Applied in the order set, add, remove, as Gateway API's conformance tests expect. */
export interface HeaderEdit {
  set: [name: string, value: string][];
  add: [name: string, value: string][];
  remove: string[];
}

export interface CompiledRedirect {
  scheme?: string;
  hostname?: string;
  port?: number;
  statusCode: number;
  path?: PathEdit;
}

export interface CompiledRewrite {
  hostname?: string;
  path?: PathEdit;
}

/** `full` replaces the whole path, `prefix` the PathPrefix that matched; both canonical, `prefix` may be empty. */
export type PathEdit = { full: string } | { prefix: string };

export interface MatchedRoute {
  readonly route: CompiledRoute;
  /** The PathPrefix that matched, for ReplacePrefixMatch; undefined after an exact match. */
  readonly prefix: string | undefined;
}
