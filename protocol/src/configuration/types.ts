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
  /** Absent: a request is tried again only where nothing of it was sent. */
  retry?: RouteRetry;
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

/** For requests that may be repeated: without a body, of a method whose repetition does no harm. */
export interface RouteRetry {
  /** Tries after the first, 1..10; default 2. */
  attempts?: number;
  /** Answers of a backend that are not passed on but tried again, 400..599; default 502, 503, 504. */
  codes?: number[];
  /** Wait before the first retry, at most 10 s; doubled for each further one, with jitter. Default 50 ms. */
  backoff?: Duration;
}

/** Exactly one of `endpoints`, `service` and `dns`. */
export interface Backend {
  name: string;
  endpoints?: Endpoint[];
  /** A Service in the DataPlane's namespace; its endpoints arrive as facts. */
  service?: { name: string; port: number };
  /** Each address of the name is an endpoint; resolved by each instance, again when its TTL ends. */
  dns?: { hostname: string; port: number };
  /** Default: `RoundRobin`. */
  loadBalancing?: LoadBalancing;
  healthCheck?: HealthCheck;
  limits?: BackendLimits;
  retryBudget?: {
    /** Retries that may be made, in percent of requests, 0..100; default 20. A few are always allowed. */
    percent: number;
  };
}

export interface LoadBalancing {
  policy: LoadBalancingPolicy;
  /** What requests that belong together have in common; only with `ConsistentHash`. Default: the source address. */
  consistentHash?: { type: 'SourceAddress' } | { type: 'Header'; header: string };
  /** Endpoints of the instance's own zone first, as long as enough of them are healthy; not with `ConsistentHash`. */
  trafficDistribution?: 'PreferSameZone';
}

export type LoadBalancingPolicy = 'RoundRobin' | 'LeastRequest' | 'Random' | 'ConsistentHash';

export interface HealthCheck {
  active?: ActiveHealthCheck;
  passive?: PassiveHealthCheck;
  /** When less than so many percent of the endpoints are usable, all are used. 0..100; default 25. */
  panicThreshold?: number;
}

/** Asks each endpoint by itself: over HTTP where there is a `path`, else whether a TCP connection stands. */
export interface ActiveHealthCheck {
  path?: string;
  /** Default: the endpoint's address and port. */
  hostname?: string;
  /** Default: 200 to 299. */
  expectedStatuses?: number[];
  /** Between two checks of an endpoint, 100 ms or more; default 5 s. */
  interval?: Duration;
  /** At most `interval`; default 2 s. */
  timeout?: Duration;
  /** Good checks in a row until an endpoint is used again; default 2. */
  healthyThreshold?: number;
  /** Failed checks in a row until it is used no more; default 3. */
  unhealthyThreshold?: number;
}

/** Learns from the requests themselves, and takes an endpoint that fails them out for a while. */
export interface PassiveHealthCheck {
  /** Answers 5xx, failed connections and broken responses in a row; default 5. */
  consecutiveErrors?: number;
  /** Doubled each time in a row; default 30 s. */
  baseEjection?: Duration;
  /** Default 5 min. */
  maxEjection?: Duration;
  /** Of the endpoints, taken out at a time; one may always go unless it is the only one. Default 50. */
  maxEjectionPercent?: number;
}

/** Of an instance; each worker has its part. */
export interface BackendLimits {
  /** Open, used or idle. */
  maxConnections?: number;
  /** Requests that wait for a connection to stand. */
  maxPendingRequests?: number;
  /** Requests in flight. */
  maxRequests?: number;
}

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
