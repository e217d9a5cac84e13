/** What the last good build left behind for the next one. */
import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';
import type { BalancedBackend } from '../upstreams/balanced-backend.ts';
import type { EndpointSet } from '../upstreams/endpoint-set.ts';
import type { TargetRegistry } from '../upstreams/target-registry.ts';
import type { RouteEntry } from './compile-route.ts';
import { HostMap } from './route-table.ts';

/** The texts are kept to see what did not change, and to compile a route again when one of its backends did. */
export interface RouteState {
  text: string;
  entry: RouteEntry;
}

export interface BackendState {
  text: string;
  backend: BalancedBackend;
  /** The fact that its endpoints come from; undefined where they are configured. */
  fact: FactKey | undefined;
  endpoints: EndpointSet;
}

export interface FactState {
  text: string;
  fact: Fact;
}

/** Changed by a build only, and only when nothing can fail any more. */
export class GatewayState {
  readonly targets: TargetRegistry;
  readonly routes = new Map<ResourceKey, RouteState>();
  readonly backends = new Map<ResourceKey, BackendState>();
  readonly facts = new Map<FactKey, FactState>();
  /** Never changed: requests are in it. */
  table = new HostMap();

  constructor(targets: TargetRegistry) {
    this.targets = targets;
  }
}
