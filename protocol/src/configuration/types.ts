/** The gateway configuration: what a person decided. Names and meaning are Gateway API's unless said otherwise. */

/** A duration as Gateway API writes it (GEP-2257): `1h30m`, `10s`, `250ms`. Parsed by `values/duration.ts`. */
export type Duration = string;

/** One document: what a file, a YAML document of a file, or a key of a ConfigMap holds. */
export interface ConfigurationDocument {
  routes?: Route[];
  backends?: Backend[];
}

export interface Route {
  /** Unique among all routes of the DataPlane; DNS-1123 label or subdomain, at most 253 characters. */
  name: string;
  /** Names of the listeners it is attached to; absent or empty: all. */
  listeners?: string[];
  /** Exact (`shop.example.com`) or wildcard (`*.example.com`); absent or empty: every host. */
  hostnames?: string[];
  /** Any one of them matches; absent: `PathPrefix /`. Never empty. */
  matches?: RouteMatch[];
  filters?: RouteFilter[];
  /** Absent or empty, without a RequestRedirect filter: answered 500 with the reason `NoBackend`. */
  backendRefs?: BackendRef[];
  timeouts?: RouteTimeouts;
}

/** All of its parts must hold. */
export interface RouteMatch {
  /** Absent: `PathPrefix /`. Regular expressions are refused: one that backtracks would stall a worker. */
  path?: { type?: 'Exact' | 'PathPrefix'; value: string };
  method?: HttpMethod;
  /** Names compare without case, and stand once. */
  headers?: ValueMatch[];
  /** Names stand once. */
  queryParams?: ValueMatch[];
}

export type HttpMethod =
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'DELETE'
  | 'CONNECT'
  | 'OPTIONS'
  | 'TRACE'
  | 'PATCH';

export interface NamedValue {
  name: string;
  value: string;
}

export interface ValueMatch extends NamedValue {
  /** Default and only type. */
  type?: 'Exact';
}

export type RouteFilter =
  | { type: 'RequestHeaderModifier'; requestHeaderModifier: HeaderModifier }
  | { type: 'ResponseHeaderModifier'; responseHeaderModifier: HeaderModifier }
  | { type: 'RequestRedirect'; requestRedirect: RequestRedirect }
  | { type: 'URLRewrite'; urlRewrite: UrlRewrite };

export interface HeaderModifier {
  set?: NamedValue[];
  add?: NamedValue[];
  remove?: string[];
}

export type PathModifier =
  | { type: 'ReplaceFullPath'; replaceFullPath: string }
  | { type: 'ReplacePrefixMatch'; replacePrefixMatch: string };

export interface RequestRedirect {
  scheme?: 'http' | 'https';
  hostname?: string;
  path?: PathModifier;
  port?: number;
  /** Default 302. */
  statusCode?: 301 | 302 | 303 | 307 | 308;
}

export interface UrlRewrite {
  hostname?: string;
  path?: PathModifier;
}

export interface BackendRef {
  name: string;
  /** 0..1,000,000; default 1. All weights 0: answered 500 with the reason `NoBackend`. */
  weight?: number;
}

export interface RouteTimeouts {
  /** From the complete request head to the complete response; `0s` disables it. Absent: none. */
  request?: Duration;
  /** From sending to a backend to its complete response head; at most `request`. Absent: 60 s. */
  backendRequest?: Duration;
}

/** Exactly one of `endpoints` and `service`. */
export interface Backend {
  name: string;
  endpoints?: Endpoint[];
  /** A Service in the DataPlane's namespace; its endpoints arrive as facts. */
  service?: { name: string; port: number };
  loadBalancing?: { policy: LoadBalancingPolicy };
}

/** Default `RoundRobin`. */
export type LoadBalancingPolicy = 'RoundRobin' | 'LeastRequest';

export interface Endpoint {
  /** An IPv4 or IPv6 address literal. */
  address: string;
  port: number;
  zone?: string;
}

export type ResourceKind = 'route' | 'backend';
export type Resource = Route | Backend;
/** `kind/name`: `route/orders`. */
export type ResourceKey = `${ResourceKind}/${string}`;

/** What is wrong at one place of a document. */
export interface ConfigurationProblem {
  /** The document as its source names it (a file, a ConfigMap and key); absent where there is only one. */
  source?: string;
  /** JSON pointer (RFC 6901) into that document. */
  pointer: string;
  expected: string;
  found: string;
}
