import type { Resource, ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { RetainedRevision } from '../revisions/history.ts';
import { bootstrapContent } from './bootstrap-content.ts';

const ENDPOINTS = [{ address: '127.0.0.1', port: 1 }];

function levelsOf(...entries: [ResourceKey, Resource][]): number[] {
  const resources = resourceSet(entries);
  const id = { lineage: 'L', sequence: 1, hash: hashResources(resources) };
  const retained = new RetainedRevision({ id, resources, createdAt: '' });
  return bootstrapContent('default/edge', retained, [], 2).revisions.map(({ level }) => level);
}

test('I10: it holds a revision once for all levels that see the same, and none for those that can know nothing of it', () => {
  expect(levelsOf(['backend/a', { name: 'a', endpoints: ENDPOINTS }])).toEqual([1]);
  expect(
    levelsOf(['backend/a', { name: 'a', endpoints: ENDPOINTS, loadBalancing: { policy: 'RoundRobin' } }]),
  ).toEqual([1, 2]);
  expect(levelsOf(['backend/a', { name: 'a', service: { name: 'a', port: 1 } }])).toEqual([2]);
});
