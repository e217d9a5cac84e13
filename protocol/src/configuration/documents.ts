/** Reads the documents of a DataPlane into one resource set: all of them, or none with every problem named (I5). */
import { ProtocolError } from '../errors.ts';
import { digestResource } from '../revision/hash.ts';
import { resourceKey } from '../revision/resource-set.ts';
import type { DigestedResource, ResourceSet } from '../revision/revision.ts';
import { describeFound } from '../validation/found.ts';
import { compileSchema, type Problem } from '../validation/validator.ts';
import { pointerTo } from '../values/json-pointer.ts';
import { SCHEMA_LEVEL } from './levels.ts';
import { checkReferences, checkResource, MAX_PROBLEMS, MAX_RESOURCES, nameOf } from './resources.ts';
import { DOCUMENT_SCHEMA } from './schema.ts';
import type {
  ConfigurationDocument,
  ConfigurationProblem,
  Resource,
  ResourceKey,
  ResourceKind,
} from './types.ts';

export interface SourceDocument {
  /** Names the document in problems: a file, a ConfigMap and key. */
  source: string;
  /** As a YAML or JSON parser gives it. */
  value: unknown;
}

export type ReadResult =
  | { resources: ResourceSet; problems: [] }
  | { resources?: undefined; problems: ConfigurationProblem[] };

/** What stands in a document where a resource should, valid or not. */
interface Declaration {
  kind: ResourceKind;
  source: string;
  pointer: string;
  value: unknown;
}

const FIELDS: readonly [ResourceKind, keyof ConfigurationDocument][] = [
  ['route', 'routes'],
  ['backend', 'backends'],
];

const checkDocument = compileSchema(DOCUMENT_SCHEMA);

/**
 * Validates each document, merges them by kind and name, and checks references and schema level. At most 100 problems,
 * in the order of the documents.
 */
export function readDocuments(
  documents: readonly SourceDocument[],
  schemaLevel: number = SCHEMA_LEVEL,
): ReadResult {
  const problems = documents.flatMap(checkForm);
  if (problems.length === 0) problems.push(...checkRoutesGiven(documents));
  const declarations = documents.flatMap(declare);
  problems.push(...checkCounts(declarations));
  const { resources, problems: found } = readDeclarations(declarations, schemaLevel);
  problems.push(...found);
  return problems.length === 0 ? { resources, problems: [] } : { problems: problems.slice(0, MAX_PROBLEMS) };
}

/** A document that holds nothing is a file half written or a template that rendered nothing, never a wish for nothing. */
function checkForm({ source, value }: SourceDocument): ConfigurationProblem[] {
  const empty = value === undefined || value === null || isEmptyObject(value);
  if (!empty) return checkDocument(value, '').map((problem) => ({ source, ...problem }));
  return [
    { source, pointer: '', expected: 'a document with routes or backends', found: 'an empty document' },
  ];
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Only an explicit `routes: []` empties a fleet; a missing field does not. */
function checkRoutesGiven(documents: readonly SourceDocument[]): ConfigurationProblem[] {
  if (documents.some(({ value }) => fieldOf(value, 'routes') !== undefined)) return [];
  const problem: ConfigurationProblem = {
    pointer: '/routes',
    expected: 'a list of routes in at least one document; `routes: []` for none',
    found: documents.length === 0 ? 'no document' : 'nothing',
  };
  return [documents.length === 1 ? { source: documents[0]!.source, ...problem } : problem];
}

function declare({ source, value }: SourceDocument): Declaration[] {
  return FIELDS.flatMap(([kind, field]) => {
    const items = fieldOf(value, field);
    if (!Array.isArray(items)) return [];
    return items.map((item, index) => ({ kind, source, pointer: pointerTo('', field, index), value: item }));
  });
}

function fieldOf(document: unknown, field: keyof ConfigurationDocument): unknown {
  return (document as Partial<Record<string, unknown>> | null | undefined)?.[field];
}

function checkCounts(declarations: readonly Declaration[]): ConfigurationProblem[] {
  return FIELDS.flatMap(([kind, field]) => {
    const count = declarations.filter((declaration) => declaration.kind === kind).length;
    const max = MAX_RESOURCES[kind];
    if (count <= max) return [];
    return [{ pointer: `/${field}`, expected: `at most ${max} of them in all documents`, found: `${count}` }];
  });
}

function readDeclarations(
  declarations: readonly Declaration[],
  schemaLevel: number,
): { resources: ResourceSet; problems: ConfigurationProblem[] } {
  const resources = new Map<ResourceKey, DigestedResource>();
  const problems: ConfigurationProblem[] = [];
  const first = firstByKey(declarations);
  const hasBackend = (name: string) => first.has(resourceKey('backend', name));
  for (const declaration of declarations) {
    if (problems.length >= MAX_PROBLEMS) break;
    const { kind, source, pointer, value } = declaration;
    const own: Problem[] = checkResource(kind, value, schemaLevel, pointer);
    if (kind === 'route') own.push(...checkReferences(value, hasBackend, pointer));
    own.push(...checkDuplicate(declaration, first));
    if (own.length === 0) own.push(...addResource(resources, kind, value as Resource, pointer));
    problems.push(...own.map((problem) => ({ source, ...problem })));
  }
  return { resources, problems };
}

/** Names of broken resources count as well, so that one mistake makes no second error elsewhere. */
function firstByKey(declarations: readonly Declaration[]): Map<ResourceKey, Declaration> {
  const first = new Map<ResourceKey, Declaration>();
  for (const declaration of declarations) {
    const name = nameOf(declaration.value);
    if (name === undefined) continue;
    const key = resourceKey(declaration.kind, name);
    if (!first.has(key)) first.set(key, declaration);
  }
  return first;
}

function checkDuplicate(declaration: Declaration, first: ReadonlyMap<ResourceKey, Declaration>): Problem[] {
  const name = nameOf(declaration.value);
  if (name === undefined) return [];
  const other = first.get(resourceKey(declaration.kind, name));
  if (other === undefined || other === declaration) return [];
  return [
    {
      pointer: pointerTo(declaration.pointer, 'name'),
      expected: `a name that no other ${declaration.kind} of the DataPlane has`,
      found: `${describeFound(name)}, which ${other.source} has at ${other.pointer}`,
    },
  ];
}

function addResource(
  resources: Map<ResourceKey, DigestedResource>,
  kind: ResourceKind,
  resource: Resource,
  at: string,
): Problem[] {
  try {
    resources.set(resourceKey(kind, resource.name), digestResource(resource));
    return [];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return [{ pointer: at + (error.pointer ?? ''), expected: 'what JSON can carry', found: error.detail }];
  }
}
