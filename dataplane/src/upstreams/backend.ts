/** A backend as the request path uses it: it names the endpoint that the next try goes to. */
import type { Upstream } from './upstream.ts';

/**
 * One endpoint of one backend. It lives as long as any gateway names it, across revisions, so that requests in flight
 * are counted, connections kept and failures remembered through a change of configuration.
 */
export interface Target {
  /** `address:port` */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly upstream: Upstream;
  /** Requests sent and not finished. The proxy counts up before it sends and down exactly once after. */
  inFlight: number;
  /** Kept by `TargetRegistry`; undefined as long as connecting to it works. */
  trouble: ConnectTrouble | undefined;
  /** On the registry's clock; undefined where no connection is being opened, or one stood meanwhile. */
  connectingSince: number | undefined;
  /** Requests that went wrong in a row. */
  errors: number;
  /** The latest one, over or not. */
  ejection: Ejection | undefined;
}

/** What is remembered of a target that could not be connected to. */
export interface ConnectTrouble {
  /** Failures in a row. */
  failures: number;
  /** On the registry's clock, from when on it may be probed. */
  probeAt: number;
  isProbed: boolean;
}

/** A target that answered with errors is left out for a while. */
export interface Ejection {
  /** On the registry's clock. */
  until: number;
  forMs: number;
  /** Ejections before it in a row. */
  earlier: number;
}

/** What a choice may depend on of a request. */
export interface PickContext {
  readonly clientAddress: string;
  /** `name` in lower case. */
  header(name: string): string | undefined;
}

export interface Backend {
  readonly name: string;
  readonly upstream: Upstream;
  /**
   * The target for a request's next try, none of `tried` as long as another is left.
   * Undefined where the backend has no endpoints, or all were tried.
   */
  pick(tried: readonly Target[], request?: PickContext): Target | undefined;
}
