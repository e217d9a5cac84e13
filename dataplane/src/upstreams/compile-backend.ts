/** Turns a backend as it is configured into one as the request path uses it. */
import type { Backend as BackendResource } from '@holdfast/protocol/configuration/types.ts';
import { BalancedBackend } from './balanced-backend.ts';
import type { EndpointSource } from './endpoint-set.ts';
import { LeastRequest } from './least-request.ts';
import { RoundRobin } from './round-robin.ts';
import type { TargetRegistry } from './target-registry.ts';

export function compileBackend(
  { name, loadBalancing }: BackendResource,
  source: EndpointSource,
  registry: TargetRegistry,
): BalancedBackend {
  const balancer = loadBalancing?.policy === 'LeastRequest' ? new LeastRequest() : new RoundRobin();
  return new BalancedBackend(name, source, balancer, registry);
}
