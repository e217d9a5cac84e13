/** A backend as the request path uses it: it names the endpoint that the next try goes to. */

/**
 * One address that requests go to. It lives as long as any gateway names it, across revisions, so that
 * requests in flight are counted and connections kept through a change of configuration.
 */
export interface Target {
  /** `address:port` */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  /** Requests sent and not finished. The proxy counts up before it sends and down exactly once after. */
  inFlight: number;
  /** Kept by `TargetRegistry`; undefined as long as connecting to it works. */
  trouble: ConnectTrouble | undefined;
}

/** What is remembered of a target that could not be connected to. */
export interface ConnectTrouble {
  /** Failures in a row. */
  failures: number;
  /** Until then, on the registry's clock, the target is taken only where no other is left. */
  avoidUntil: number;
  /** One request has been sent there to find out whether it is back. */
  probing: boolean;
}

export interface Backend {
  readonly name: string;
  /**
   * The target for a request's next try, none of `tried` as long as another is left.
   * Undefined where the backend has no endpoints, or all were tried.
   */
  pick(tried: readonly Target[]): Target | undefined;
}
