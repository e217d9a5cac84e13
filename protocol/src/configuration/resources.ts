/** Checks resources one by one and against each other, wherever they come from: documents or the stream. */
import type { DigestedResource, ResourceSet } from '../revision/revision.ts';
import { describeFound } from '../validation/found.ts';
import { compileSchema, type Problem, type Validator } from '../validation/validator.ts';
import { pointerTo } from '../values/json-pointer.ts';
import { isName } from '../values/name.ts';
import { checkBackendRules } from './backend-rules.ts';
import { checkLevel, SCHEMA_LEVEL } from './levels.ts';
import { checkRouteRules } from './route-rules.ts';
import { BACKEND_SCHEMA, MAX_BACKENDS, MAX_RESOURCE_BYTES, MAX_ROUTES, ROUTE_SCHEMA } from './schema.ts';
import type { Backend, ConfigurationProblem, Resource, ResourceKey, ResourceKind, Route } from './types.ts';

/** More would not help a person, and a log or a status could not hold them. */
export const MAX_PROBLEMS = 100;

export const MAX_RESOURCES: Readonly<Record<ResourceKind, number>> = {
  route: MAX_ROUTES,
  backend: MAX_BACKENDS,
};

const VALIDATORS: Readonly<Record<ResourceKind, Validator>> = {
  route: compileSchema(ROUTE_SCHEMA),
  backend: compileSchema(BACKEND_SCHEMA),
};

/** The level at which a resource had no problem by itself: a delta at 10,000 routes checks what changed, not all again. */
const soundAt = new WeakMap<DigestedResource, number>();

/**
 * The instance's check of a received set: everything that the control plane checked, since an instance trusts no
 * revision that it did not check itself (I3). Pointers begin with `/route/NAME` or `/backend/NAME`. At most 100 problems.
 */
export function checkResources(
  resources: ResourceSet,
  schemaLevel: number = SCHEMA_LEVEL,
): ConfigurationProblem[] {
  const problems: Problem[] = checkCounts(resources);
  const hasBackend = (name: string) => resources.has(`backend/${name}`);
  for (const [key, digested] of resources) {
    if (problems.length >= MAX_PROBLEMS) break;
    problems.push(...checkEntry(key, digested, schemaLevel, hasBackend));
  }
  return problems.slice(0, MAX_PROBLEMS);
}

function checkEntry(
  key: ResourceKey,
  digested: DigestedResource,
  schemaLevel: number,
  hasBackend: (name: string) => boolean,
): Problem[] {
  const slash = key.indexOf('/');
  const [kind, name] = [key.slice(0, slash), key.slice(slash + 1)];
  const at = pointerTo('', kind, name);
  if (!isResourceKind(kind)) {
    return [{ pointer: at, expected: 'a route or a backend', found: describeFound(kind) }];
  }
  const problems = [...checkName(digested.resource, name, at), ...checkOnce(kind, digested, schemaLevel, at)];
  if (kind === 'route') problems.push(...checkReferences(digested.resource, hasBackend, at));
  return problems;
}

function checkOnce(
  kind: ResourceKind,
  digested: DigestedResource,
  schemaLevel: number,
  at: string,
): Problem[] {
  if (soundAt.get(digested) === schemaLevel) return [];
  const problems = checkResource(kind, digested.resource, schemaLevel, at);
  if (problems.length === 0) soundAt.set(digested, schemaLevel);
  return problems;
}

/** Problems of one resource by itself: form, rules, size and level. */
export function checkResource(
  kind: ResourceKind,
  value: unknown,
  schemaLevel: number,
  at: string,
): Problem[] {
  const problems = VALIDATORS[kind](value, at);
  if (problems.length > 0) return problems;
  const rules =
    kind === 'route' ? checkRouteRules(value as Route, at) : checkBackendRules(value as Backend, at);
  return [...rules, ...checkSize(value, at), ...checkLevel(kind, value as Resource, schemaLevel, at)];
}

/** References of a route, however broken the rest of it is, to backends that do not exist. */
export function checkReferences(
  route: unknown,
  hasBackend: (name: string) => boolean,
  at: string,
): Problem[] {
  const backendRefs = (route as Partial<Route> | null)?.backendRefs;
  if (!Array.isArray(backendRefs)) return [];
  return backendRefs.flatMap((reference, index) => {
    const name = nameOf(reference);
    if (name === undefined || hasBackend(name)) return [];
    const pointer = pointerTo(at, 'backendRefs', index, 'name');
    return [{ pointer, expected: 'the name of a backend of this configuration', found: describeFound(name) }];
  });
}

/** Of whatever a document holds where a resource or reference should stand; a name of bad form is a problem already. */
export function nameOf(value: unknown): string | undefined {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' && isName(name) ? name : undefined;
}

function isResourceKind(kind: string): kind is ResourceKind {
  return kind === 'route' || kind === 'backend';
}

function checkName(resource: Resource, name: string, at: string): Problem[] {
  if (resource.name === name) return [];
  const found = describeFound(resource.name);
  return [{ pointer: pointerTo(at, 'name'), expected: `${describeFound(name)}, as its key says`, found }];
}

/** The canonical text has other key order and the same length. */
function checkSize(value: unknown, at: string): Problem[] {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_RESOURCE_BYTES) return [];
  return [{ pointer: at, expected: `at most ${MAX_RESOURCE_BYTES} bytes of JSON`, found: `${bytes} bytes` }];
}

function checkCounts(resources: ResourceSet): Problem[] {
  const counts: Record<string, number> = { route: 0, backend: 0 };
  for (const key of resources.keys()) counts[key.startsWith('route/') ? 'route' : 'backend']! += 1;
  return Object.entries(MAX_RESOURCES).flatMap(([kind, max]) => {
    const count = counts[kind]!;
    return count <= max
      ? []
      : [{ pointer: `/${kind}`, expected: `at most ${max} of them`, found: `${count}` }];
  });
}
