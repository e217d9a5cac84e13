import { fileURLToPath } from 'node:url';
import { MAX_PAYLOAD_BYTES } from './config-revision.ts';
import { DATA_PLANE_CONDITIONS } from './data-plane-conditions.ts';
import { MAX_ADDRESSES, MAX_INSTANCE_MESSAGE, MAX_LISTED_INSTANCES } from './data-plane-status.ts';
import { readCrd, schemaOf } from './fixtures/crd.ts';
import { declaredShape } from './fixtures/declared-shape.ts';
import { type StructuralSchema, schemaShape } from './fixtures/schema-shape.ts';
import { GROUP, VERSION } from './group.ts';
import { STATUS_PORT, STATUS_PORT_NAME } from './ports.ts';

const DATA_PLANE = schemaOf(readCrd('dataplanes'));
const CONFIG_REVISION = schemaOf(readCrd('configrevisions'));

test.each([
  ['DataPlaneSpec', 'data-plane.ts', DATA_PLANE, 'spec'],
  ['DataPlaneStatus', 'data-plane-status.ts', DATA_PLANE, 'status'],
  ['ConfigRevisionSpec', 'config-revision.ts', CONFIG_REVISION, 'spec'],
  ['ConfigRevisionStatus', 'config-revision.ts', CONFIG_REVISION, 'status'],
])(
  '%s has the fields of its schema, missing where they may be missing, with the same values',
  (name, file, schema, part) => {
    const declared = declaredShape(fileURLToPath(new URL(file, import.meta.url)), name);
    expect(declared).toEqual(schemaShape(schema.properties![part]!));
  },
);

test.each(['dataplanes', 'configrevisions'] as const)(
  '%s are of the group and version of the types',
  (plural) => {
    const { group, versions } = readCrd(plural).spec;
    expect([group, versions.map(({ name }) => name)]).toEqual([GROUP, [VERSION]]);
  },
);

test.each([
  ['DataPlane', DATA_PLANE],
  ['ConfigRevision', CONFIG_REVISION],
])('every field of a %s has a description that is a sentence', (_kind, schema) => {
  const { spec, status } = schema.properties!;
  const all = [...fields({ properties: { spec: spec!, status: status! } })];
  const silent = all.filter(([, { description = '' }]) => !/^["A-Z1-9/].*\.$/s.test(description));
  expect(silent.map(([path]) => path)).toEqual([]);
});

test('the bounds that programs keep are those of the schema', () => {
  const bounds = new Map([...fields(DATA_PLANE), ...fields(CONFIG_REVISION)]);
  expect(bounds.get('.status.instances.list')).toMatchObject({ maxItems: MAX_LISTED_INSTANCES });
  expect(bounds.get('.status.instances.list[].message')).toMatchObject({ maxLength: MAX_INSTANCE_MESSAGE });
  expect(bounds.get('.status.addresses')).toMatchObject({ maxItems: MAX_ADDRESSES });
  expect(bounds.get('.spec.payload')).toMatchObject({ maxLength: Math.ceil(MAX_PAYLOAD_BYTES / 3) * 4 });
});

test('no listener may take the number or the name of the status port', () => {
  const found = new Map(fields(DATA_PLANE));
  const rules = (path: string) => found.get(path)!['x-kubernetes-validations']!.map(({ rule }) => rule);
  expect(rules('.spec.listeners[].port')).toEqual([`self != ${STATUS_PORT}`]);
  expect(rules('.spec.listeners[].name')).toContain(`self != '${STATUS_PORT_NAME}'`);
});

test('kubectl explain names every condition of a DataPlane', () => {
  const { description } = new Map(fields(DATA_PLANE)).get('.status.conditions')!;
  for (const type of Object.keys(DATA_PLANE_CONDITIONS)) expect(description).toContain(`${type}:`);
});

function* fields(schema: StructuralSchema, path = ''): Generator<[string, StructuralSchema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field];
    yield* fields(field, `${path}.${name}`);
  }
  if (schema.items !== undefined) yield* fields(schema.items, `${path}[]`);
}
