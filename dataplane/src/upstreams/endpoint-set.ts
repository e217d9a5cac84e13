/** The targets of a backend at this moment; facts replace the set as a whole. */
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import type { Target } from './backend.ts';
import type { TargetRegistry } from './target-registry.ts';
import type { Upstream } from './upstream.ts';

/** Immutable. */
export interface EndpointSet {
  readonly targets: readonly Target[];
  /** Of each target, at its index. */
  readonly zones: readonly (string | undefined)[];
  /** Taken where all of `targets` fail: the Service's cluster IP. */
  readonly fallback: Target | undefined;
}

export const NO_ENDPOINTS: EndpointSet = { targets: [], zones: [], fallback: undefined };

export function endpointSet(
  registry: TargetRegistry,
  upstream: Upstream,
  endpoints: readonly Endpoint[],
  fallback?: Endpoint,
): EndpointSet {
  return {
    targets: endpoints.map((endpoint) => registry.target(upstream, endpoint)),
    zones: endpoints.map(({ zone }) => zone),
    fallback: fallback && registry.target(upstream, fallback),
  };
}
