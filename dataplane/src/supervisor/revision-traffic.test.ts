import { MAX_REVISION_FIGURES } from '@holdfast/protocol/stream/messages.ts';
import { revision } from './fixtures/pool-under-test.ts';
import { RevisionTraffic } from './revision-traffic.ts';

function sample(code: number, count: number) {
  return { requests: [{ route: 'r', backend: 'b', code, count }] };
}

test('each revision has its own requests, answers 5xx and crashes, and each is told once', () => {
  const traffic = new RevisionTraffic();
  traffic.add(revision(1), sample(200, 5));
  traffic.add(revision(2), sample(502, 3));
  traffic.add(revision(2), sample(404, 1));
  traffic.crashed(revision(2));
  expect(traffic.take()).toEqual([
    { revision: revision(1), requests: { total: 5, failed: 0 }, workerCrashes: 0 },
    { revision: revision(2), requests: { total: 4, failed: 3 }, workerCrashes: 1 },
  ]);
  expect(traffic.take()).toEqual([]);
});

test('a worker without a revision counts for none, and no more revisions are told than a report takes', () => {
  const traffic = new RevisionTraffic();
  traffic.add(undefined, sample(200, 1));
  traffic.crashed(undefined);
  expect(traffic.take()).toEqual([]);
  for (let sequence = 1; sequence <= MAX_REVISION_FIGURES + 3; sequence++)
    traffic.add(revision(sequence), sample(200, 1));
  const told = traffic.take();
  expect(told).toHaveLength(MAX_REVISION_FIGURES);
  expect(told.at(-1)!.revision).toEqual(revision(MAX_REVISION_FIGURES + 3));
});
