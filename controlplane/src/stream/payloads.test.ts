import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';
import { Payloads } from './payloads.ts';

function revision(sequence: number, names: string[]): Revision {
  const resources = resourceSet(names.map((name): [ResourceKey, Resource] => [`route/${name}`, { name }]));
  return { id: { lineage: 'L', sequence, hash: hashResources(resources) }, resources };
}

const MANY = Array.from({ length: 1_000 }, (_, index) => `route-${index}`);

test('a payload is encoded once, however many instances it is for', () => {
  const payloads = new Payloads();
  const [from, to] = [revision(1, MANY), revision(2, [...MANY, 'one-more'])];
  expect(payloads.snapshot(to)).toBe(payloads.snapshot(to));
  const delta = payloads.change(from.id, from.resources, to);
  expect(delta.type).toBe('delta');
  expect(delta.data.length).toBeLessThan(600);
  expect(payloads.change(from.id, from.resources, to)).toBe(delta);
});

test('where nearly all changed, the snapshot is sent if it is smaller', () => {
  const payloads = new Payloads();
  const [from, to] = [revision(1, MANY), revision(2, ['only-one'])];
  expect(payloads.change(from.id, from.resources, to).type).toBe('snapshot');
});

test('what is kept is bounded, and the least recently used goes first', () => {
  const payloads = new Payloads();
  const first = revision(1, ['a']);
  const kept = payloads.snapshot(first);
  for (let sequence = 2; sequence <= 1_024; sequence++) payloads.snapshot(revision(sequence, ['a']));
  expect(payloads.snapshot(first)).toBe(kept);
  for (let sequence = 1_025; sequence <= 3_000; sequence++) payloads.snapshot(revision(sequence, ['a']));
  expect(payloads.snapshot(first)).not.toBe(kept);
});

test('I8: with many DataPlanes whose instances come back in any order, each payload is still encoded once', () => {
  const payloads = new Payloads();
  const revisions = Array.from({ length: 500 }, (_, index) => revision(index + 1, [`route-${index}`]));
  const first = revisions.map((revision) => payloads.snapshot(revision));
  expect(revisions.every((revision, index) => payloads.snapshot(revision) === first[index])).toBe(true);
});
