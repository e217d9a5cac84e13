import { eventually } from '../fixtures/eventually.ts';
import { BootstrapWriter, type BootstrapWriterOptions } from './bootstrap-writer.ts';

const TIMING = { revisionMs: 100, factsMs: 1_000, lookMs: 60_000 };
/** Timers may fire a little early by the other clock. */
const SLACK_MS = 5;

let writer: BootstrapWriter<string>;
afterEach(() => writer.close());

/** What is written, with when it was begun. */
function scene(options: Partial<BootstrapWriterOptions<string>> = {}) {
  const writes: { content: string; anew: boolean; at: number }[] = [];
  const failures: unknown[] = [];
  writer = new BootstrapWriter<string>({
    write: async (content, anew) => {
      writes.push({ content, anew, at: performance.now() });
    },
    onFailure: (error) => failures.push(error),
    timing: TIMING,
    retry: { firstMs: 1, maxMs: 10 },
    ...options,
  });
  const offer = (sequence: number, content: string) =>
    writer.offer({ lineage: 'L', sequence, hash: 'h' }, () => content);
  const written = (count: number) => eventually(`${count} writes`, () => writes.length >= count);
  return { writes, failures, offer, written };
}

function distances(writes: { at: number }[]): number[] {
  return writes.slice(1).map(({ at }, index) => at - writes[index]!.at + SLACK_MS);
}

test('the first is written at once; of those that come soon after it only the latest, and not before its time', async () => {
  const { writes, offer, written } = scene();
  offer(1, 'first');
  await written(1);
  for (const sequence of [2, 3, 4]) offer(sequence, `number ${sequence}`);
  await written(2);
  expect(writes.map(({ content }) => content)).toEqual(['first', 'number 4']);
  expect(distances(writes)[0]).toBeGreaterThanOrEqual(TIMING.revisionMs);
});

test('what comes while a write is under way is written after it, in its time', async () => {
  const gate = Promise.withResolvers<void>();
  const contents: string[] = [];
  const { offer } = scene({
    write: async (content) => {
      contents.push(content);
      await gate.promise;
    },
  });
  offer(1, 'first');
  await eventually('the write', () => contents.length === 1);
  offer(2, 'second');
  gate.resolve();
  await eventually('the write', () => contents.length === 2);
  expect(contents).toEqual(['first', 'second']);
});

test('facts alone are written more seldom, and a promotion takes them along earlier', async () => {
  const { writes, offer, written } = scene();
  offer(1, 'facts 1');
  await written(1);
  offer(1, 'facts 2');
  await written(2);
  expect(distances(writes)[0]).toBeGreaterThanOrEqual(TIMING.factsMs);
  offer(1, 'facts 3');
  offer(2, 'facts 3 and a revision');
  await written(3);
  expect(distances(writes)[1]).toBeGreaterThanOrEqual(TIMING.revisionMs);
  expect(distances(writes)[1]).toBeLessThan(TIMING.factsMs);
});

test('what fails is tried again, never sooner than another write may come, and the latest then', async () => {
  const begun: { content: string; at: number }[] = [];
  const { failures, offer } = scene({
    write: async (content) => {
      begun.push({ content, at: performance.now() });
      if (begun.length < 3) throw new Error('no room');
    },
  });
  offer(1, 'first');
  await eventually('the try', () => begun.length === 2);
  offer(1, 'newer facts');
  await eventually('the try', () => begun.length === 3);
  expect(begun.map(({ content }) => content)).toEqual(['first', 'first', 'newer facts']);
  for (const distance of distances(begun)) expect(distance).toBeGreaterThanOrEqual(TIMING.revisionMs);
  expect(failures).toHaveLength(2);
});

test('what comes while a write fails is what is tried next, and facts that failed do not wait as long as facts', async () => {
  const gate = Promise.withResolvers<void>();
  const begun: { content: string; at: number }[] = [];
  const { offer } = scene({
    write: async (content) => {
      begun.push({ content, at: performance.now() });
      if (begun.length === 2) await gate.promise;
    },
  });
  offer(1, 'facts 1');
  await eventually('the first', () => begun.length === 1);
  offer(2, 'revision');
  await eventually('the second', () => begun.length === 2);
  offer(1, 'newest');
  gate.reject(new Error('no room'));
  await eventually('the third', () => begun.length === 3);
  expect(begun[2]!.content).toBe('newest');
  expect(distances(begun)[1]).toBeLessThan(TIMING.factsMs);
});

test('where nothing changes it looks again after a long while, and takes nothing for known then', async () => {
  const { writes, offer, written } = scene({ timing: { ...TIMING, lookMs: 150 } });
  offer(1, 'same');
  await written(2);
  expect(writes.slice(0, 2).map(({ content, anew }) => [content, anew])).toEqual([
    ['same', false],
    ['same', true],
  ]);
});

test('when it is closed nothing is begun any more', async () => {
  const closed = scene();
  closed.offer(1, 'first');
  await closed.written(1);
  closed.offer(2, 'second');
  await writer.close();
  closed.offer(3, 'third');
  // As long as the closed one would have waited.
  const other = scene();
  other.offer(1, 'first');
  await other.written(1);
  other.offer(2, 'second');
  await other.written(2);
  expect(closed.writes).toHaveLength(1);
});
