/** Schema levels: what came with which, so that no instance is sent what it cannot know (I10). */
import { digestResource } from '../revision/hash.ts';
import type { DigestedResource, ResourceSet } from '../revision/revision.ts';
import type { Problem } from '../validation/validator.ts';
import { pointerTo } from '../values/json-pointer.ts';
import type { Backend, LoadBalancingPolicy, Resource, ResourceKey, Route } from './types.ts';

/** The newest level that this version of the protocol knows. Raised with each feature that older instances cannot know. */
export const SCHEMA_LEVEL = 3;

/** From this level on an instance can have a revision on trial; older ones would take it for promoted, so they are sent none. */
export const TRIAL_LEVEL = 3;

/** Something that an instance of a lower level does not know. */
interface Feature {
  /** The level that brought it. */
  level: number;
  name: string;
  kind: 'route' | 'backend';
  /** Where the resource uses it, as pointers into the resource. */
  find(resource: Resource): string[];
  /** The resource without it, where one without it means nearly the same; absent: it is withheld instead. */
  omit?(resource: Resource): Resource;
}

const POLICIES_OF_LEVEL_2: ReadonlySet<LoadBalancingPolicy> = new Set(['RoundRobin', 'LeastRequest']);

const FEATURES: readonly Feature[] = [
  {
    level: 2,
    name: 'loadBalancing',
    kind: 'backend',
    find: (resource) => ((resource as Backend).loadBalancing === undefined ? [] : ['/loadBalancing']),
    omit: (resource) => without(resource as Backend, 'loadBalancing'),
  },
  {
    level: 2,
    name: 'service',
    kind: 'backend',
    find: (resource) => ((resource as Backend).service === undefined ? [] : ['/service']),
  },
  {
    level: 2,
    name: 'URLRewrite',
    kind: 'route',
    find: (resource) =>
      ((resource as Route).filters ?? []).flatMap((filter, index) =>
        filter.type === 'URLRewrite' ? [pointerTo('', 'filters', index)] : [],
      ),
  },
  {
    level: 3,
    name: 'the policy',
    kind: 'backend',
    find: (resource) => {
      const policy = (resource as Backend).loadBalancing?.policy;
      return policy === undefined || POLICIES_OF_LEVEL_2.has(policy) ? [] : ['/loadBalancing/policy'];
    },
    omit: (resource) => without(resource as Backend, 'loadBalancing'),
  },
  {
    level: 3,
    name: 'trafficDistribution',
    kind: 'backend',
    find: (resource) =>
      (resource as Backend).loadBalancing?.trafficDistribution === undefined
        ? []
        : ['/loadBalancing/trafficDistribution'],
    omit: (resource) => {
      const { trafficDistribution: _, ...loadBalancing } = (resource as Backend).loadBalancing!;
      return { ...resource, loadBalancing };
    },
  },
  ...(['healthCheck', 'limits', 'retryBudget'] as const).map(
    (name): Feature => ({
      level: 3,
      name,
      kind: 'backend',
      find: (resource) => ((resource as Backend)[name] === undefined ? [] : [`/${name}`]),
      omit: (resource) => without(resource as Backend, name),
    }),
  ),
  {
    level: 3,
    name: 'dns',
    kind: 'backend',
    find: (resource) => ((resource as Backend).dns === undefined ? [] : ['/dns']),
  },
  {
    level: 3,
    name: 'retry',
    kind: 'route',
    find: (resource) => ((resource as Route).retry === undefined ? [] : ['/retry']),
    omit: (resource) => without(resource as Route, 'retry'),
  },
];

/** Problems of a valid resource that uses what `level` does not know. */
export function checkLevel(kind: string, resource: Resource, level: number, at: string): Problem[] {
  return newerFeatures(kind, level).flatMap((feature) => findProblems(feature, resource, level, at));
}

/**
 * What an instance of `level` is sent: the set without what it can do without, or else the problems that withhold the
 * whole set from it. Where it uses nothing newer it is the set itself. The projection's hash is that of what is sent.
 */
export function projectToLevel(
  resources: ResourceSet,
  level: number,
): { resources: ResourceSet; withheld?: undefined } | { resources?: undefined; withheld: Problem[] } {
  if (level >= SCHEMA_LEVEL) return { resources };
  const projected = new Map<ResourceKey, DigestedResource>();
  let changed = false;
  const withheld: Problem[] = [];
  for (const [key, digested] of resources) {
    const [kind] = key.split('/', 1);
    const features = newerFeatures(kind!, level);
    const needed = features.filter((feature) => feature.omit === undefined);
    withheld.push(...needed.flatMap((feature) => findProblems(feature, digested.resource, level, `/${key}`)));
    const known = omitFeatures(digested, features);
    changed ||= known !== digested;
    projected.set(key, known);
  }
  if (withheld.length > 0) return { withheld };
  return { resources: changed ? projected : resources };
}

function newerFeatures(kind: string, level: number): Feature[] {
  return FEATURES.filter((feature) => feature.kind === kind && feature.level > level);
}

function findProblems(feature: Feature, resource: Resource, level: number, at: string): Problem[] {
  return feature.find(resource).map((pointer) => ({
    pointer: at + pointer,
    expected: `what schema level ${level} knows`,
    found: `${feature.name}, which came with level ${feature.level}`,
  }));
}

/** A resource that uses none of them stays the very same object, with the digest it has. */
function omitFeatures(digested: DigestedResource, features: readonly Feature[]): DigestedResource {
  let { resource } = digested;
  for (const feature of features) {
    if (feature.omit !== undefined && feature.find(resource).length > 0) resource = feature.omit(resource);
  }
  return resource === digested.resource ? digested : digestResource(resource);
}

function without<T extends Resource>(resource: T, field: Exclude<keyof T, 'name'>): Resource {
  const { [field]: _, ...rest } = resource;
  return rest as unknown as Resource;
}
