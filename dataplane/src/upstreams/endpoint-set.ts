/** The targets of a backend at this moment; facts replace the set as a whole. */
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import type { Target } from './backend.ts';
import type { TargetRegistry } from './target-registry.ts';

/** Immutable. */
export interface EndpointSet {
  readonly targets: readonly Target[];
  /** Taken where all of `targets` fail: the Service's cluster IP. */
  readonly fallback: Target | undefined;
}

/**
 * Where a backend finds its endpoints. Facts are no part of a revision, so `current` changes under a
 * published gateway, for requests under way too: a retry goes to an endpoint that exists now.
 */
export interface EndpointSource {
  current: EndpointSet;
}

export const NO_ENDPOINTS: EndpointSet = { targets: [], fallback: undefined };

export function endpointSet(
  registry: TargetRegistry,
  endpoints: readonly Endpoint[],
  fallback?: Endpoint,
): EndpointSet {
  return {
    targets: endpoints.map(({ address, port }) => registry.target(address, port)),
    fallback: fallback && registry.target(fallback.address, fallback.port),
  };
}
