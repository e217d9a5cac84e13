import { hash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { EndpointsFact } from '../facts/facts.ts';
import { hashResources } from '../revision/hash.ts';
import { resourceSet } from '../revision/resource-set.ts';
import type { Revision } from '../revision/revision.ts';
import { type Bootstrap, MAX_PART_BYTES, packBootstrap, unpackBootstrap } from './bootstrap.ts';
import { BootstrapError } from './bootstrap-error.ts';

const READER = { dataPlane: 'default/edge', schemaLevel: 2 };
const FACTS: EndpointsFact[] = [
  {
    kind: 'endpoints',
    name: 'orders:80',
    version: '7',
    value: { endpoints: [{ address: '10.0.0.1', port: 1 }] },
  },
];

function revision(sequence: number, ...routes: string[]): Revision {
  const resources = resourceSet(routes.map((name) => [`route/${name}`, { name }]));
  return { id: { lineage: 'L', sequence, hash: hashResources(resources) }, resources };
}

function bootstrap(fields: Partial<Bootstrap> = {}): Bootstrap {
  return {
    dataPlane: 'default/edge',
    facts: FACTS,
    revisions: [{ level: 1, revision: revision(1, 'a') }],
    ...fields,
  };
}

/** Of random texts, so that it does not get smaller. */
function large(sequence: number): Bootstrap {
  const texts = Array.from({ length: 100 }, () => randomBytes(12_000).toString('base64'));
  const resources = resourceSet(texts.map((text, index) => [`route/${index}`, { name: text }]));
  const id = { lineage: 'L', sequence, hash: hashResources(resources) };
  return bootstrap({ revisions: [{ level: 1, revision: { id, resources } }] });
}

async function problemOf(parts: (Buffer | undefined)[], reader = READER): Promise<string> {
  const error = await unpackBootstrap(parts, reader).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BootstrapError);
  return (error as BootstrapError).problem;
}

/** One part with a digest that is right. */
function partOf(text: string | Buffer, header: object = {}): Buffer {
  const content = gzipSync(text);
  const whole = {
    format: 1,
    dataPlane: 'default/edge',
    parts: 1,
    digest: hash('sha256', content, 'hex'),
    ...header,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(whole)}\n`), content]);
}

function textOf(part: Buffer): string {
  return gunzipSync(part.subarray(part.indexOf('\n') + 1)).toString();
}

test('what is packed is unpacked: the revision and its facts', async () => {
  const parts = await packBootstrap(bootstrap());
  expect(parts).toHaveLength(1);
  expect(await unpackBootstrap(parts, READER)).toEqual({ revision: revision(1, 'a'), facts: FACTS });
});

test('the same content gives the same bytes, so that nothing is written for nothing', async () => {
  expect(await packBootstrap(bootstrap())).toEqual(await packBootstrap(bootstrap()));
});

test('what is larger than a Secret is cut, and each part fits into one', async () => {
  const content = large(1);
  const parts = await packBootstrap(content);
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(part.length).toBeLessThan(1_048_576);
  expect(parts[0]!.length).toBeGreaterThan(MAX_PART_BYTES);
  const unpacked = await unpackBootstrap(parts, READER);
  expect(unpacked.revision.id).toEqual(content.revisions[0]!.revision.id);
});

test('parts of two writings are never taken for one, in any mixture', async () => {
  const [old, next] = [await packBootstrap(large(1)), await packBootstrap(large(2))];
  expect(await problemOf([old[0], next[1]])).toBe('Incomplete');
  expect(await problemOf([next[0], old[1]])).toBe('Incomplete');
  expect(await problemOf([next[0]])).toBe('Incomplete');
  expect(await problemOf([undefined, next[1]])).toBe('Incomplete');
});

test('a part that is left over from a larger writing is not looked at', async () => {
  const [, left] = await packBootstrap(large(1));
  const [small] = await packBootstrap(bootstrap());
  for (const other of [left, Buffer.from('no part')])
    expect((await unpackBootstrap([small, other], READER)).revision.id.sequence).toBe(1);
});

test('I10: each schema level gets what it can know, and one that can know nothing of it is told so', async () => {
  const revisions = [
    { level: 2, revision: revision(1, 'for-two') },
    { level: 4, revision: revision(1, 'for-four') },
  ];
  const parts = await packBootstrap(bootstrap({ revisions }));
  const taken = async (schemaLevel: number) =>
    [...(await unpackBootstrap(parts, { ...READER, schemaLevel })).revision.resources.keys()][0];
  expect(await taken(2)).toBe('route/for-two');
  expect(await taken(3)).toBe('route/for-two');
  expect(await taken(5)).toBe('route/for-four');
  expect(await problemOf(parts, { ...READER, schemaLevel: 1 })).toBe('VersionSkew');
});

test('I3: one of another DataPlane or of a newer format is not taken', async () => {
  const parts = await packBootstrap(bootstrap());
  expect(await problemOf(parts, { ...READER, dataPlane: 'default/other' })).toBe('Foreign');
  expect(await problemOf([partOf('{}', { format: 2 })])).toBe('NewerFormat');
});

describe('I3: what is damaged is said to be, and nothing else happens', () => {
  test('wherever it is cut off or altered', async () => {
    const [part] = await packBootstrap(bootstrap());
    for (let length = 0; length < part!.length; length += 7)
      expect(await problemOf([part!.subarray(0, length)])).toBe('Damaged');
    for (let at = part!.indexOf('\n') + 1; at < part!.length; at += 5) {
      const altered = Buffer.from(part!);
      altered[at]! ^= 0xff;
      expect(await problemOf([altered])).toBe('Damaged');
    }
  });

  test.each([
    ['no bytes', Buffer.alloc(0)],
    ['a header that is not JSON', Buffer.from('{\nx')],
    ['a header that is no object', Buffer.from('7\nx')],
    ['no format', partOf('{}', { format: undefined })],
    ['no number of parts', partOf('{}', { parts: 'many' })],
    ['a million parts', partOf('{}', { parts: 1_000_000 })],
    ['a content that is not JSON', partOf('no')],
    ['a content without levels', partOf('{}\n{}\n{}')],
    ['a content without facts', partOf('{"levels":[1]}')],
    ['messages of other types', partOf('{"levels":[1]}\n{"type":"goaway","spreadMs":1,"reason":""}\n{}')],
    ['no levels', partOf('{"levels":[]}\n{}')],
    ['fewer snapshots than levels', partOf('{"levels":[1,2]}\n{}\n{}')],
    ['facts that nest deeply', partOf(`{"levels":[1]}\n${'['.repeat(100_000)}\n{}`)],
  ])('%s', async (_, part) => {
    expect(await problemOf([part])).toBe('Damaged');
  });

  test.each([
    ['a flood of lines', partOf(Buffer.alloc(1_000_000, '\n')), 'more than 256 lines'],
    ['a decompression bomb', partOf(Buffer.alloc(129 * 1024 ** 2)), 'ERR_BUFFER_TOO_LARGE'],
  ])(
    '%s, before it has taken the memory',
    async (_, part, message) => {
      const error = await unpackBootstrap([part], READER).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ problem: 'Damaged', message: expect.stringContaining(message) });
    },
    30_000,
  );

  test('resources that do not have the hash, under a digest that is right', async () => {
    const [part] = await packBootstrap(bootstrap());
    expect(await problemOf([partOf(textOf(part!).replaceAll('"a"', '"b"'))])).toBe('Damaged');
  });
});

test('facts of kinds that came later are left out', async () => {
  const [part] = await packBootstrap(bootstrap());
  const text = textOf(part!).replace('"facts":[', '"facts":[{"kind":"weather","name":"x"},');
  expect((await unpackBootstrap([partOf(text)], READER)).facts).toEqual(FACTS);
});
