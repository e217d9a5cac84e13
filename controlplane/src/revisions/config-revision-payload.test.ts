import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ConfigRevision } from '@holdfast/api/config-revision.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { compressResources, isTooLarge, readConfigRevision } from './config-revision-payload.ts';

const RESOURCES = resourceSet([['route/a', { name: 'a' }]]);

function revision(payload: Buffer, hash = hashResources(RESOURCES)): ConfigRevision {
  const metadata = {
    name: 'edge-7',
    namespace: 'default',
    uid: 'u',
    generation: 1,
    creationTimestamp: '2026-11-22T10:00:00Z',
  };
  const spec = { lineage: 'l', sequence: 7, hash, payload: payload.toString('base64') };
  return { apiVersion: 'holdfast.dev/v1alpha1', kind: 'ConfigRevision', metadata, spec };
}

test('what is written is read again', async () => {
  const payload = await compressResources(RESOURCES);
  expect(isTooLarge(payload)).toBe(false);
  const { id, resources, createdAt } = await readConfigRevision(revision(payload));
  expect([id.sequence, createdAt, resources.get('route/a')]).toEqual([
    7,
    '2026-11-22T10:00:00Z',
    RESOURCES.get('route/a'),
  ]);
});

test.each([
  ['is no gzip', Buffer.from('plain'), 'REVISION_DAMAGED'],
  ['is no JSON', gzipSync('{'), 'REVISION_DAMAGED'],
  ['holds nothing', gzipSync('null'), 'REVISION_DAMAGED'],
  ['has a later format', gzipSync('{"format":2}'), 'REVISION_NEWER_FORMAT'],
])('I3: a payload that %s is refused', async (_, payload, code) => {
  await expect(readConfigRevision(revision(payload))).rejects.toMatchObject({ code });
});

test('I3: a payload that does not have its hash is refused', async () => {
  const payload = await compressResources(RESOURCES);
  const read = readConfigRevision(revision(payload, `sha256:${'0'.repeat(64)}`));
  await expect(read).rejects.toMatchObject({ code: 'REVISION_DAMAGED' });
});

test('what compresses to more than a ConfigRevision holds is too large', async () => {
  // Names that do not compress; nothing else of a route counts here.
  const names = Array.from({ length: 45_000 }, () => randomBytes(24).toString('hex'));
  const large = resourceSet(names.map((name) => [`route/${name}`, { name }]));
  expect(isTooLarge(await compressResources(large))).toBe(true);
});
