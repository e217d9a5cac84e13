import { rmSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { Workspace } from '../fixtures/workspace.ts';
import { ControlPlaneMetrics } from '../metrics/metrics.ts';
import { EVERY_DATA_PLANE, type Reading } from '../sources/source.ts';
import { Publication } from './publication.ts';
import { StateDirectory } from './state-directory.ts';

const log = pino({ level: 'silent' });
let workspace: Workspace;
let state: StateDirectory;

beforeEach(async () => {
  workspace = new Workspace();
  state = await StateDirectory.open(workspace.path('state'), log);
});

afterEach(async () => {
  await state.close();
  workspace.remove();
});

async function publicationWith(onPublished: () => void): Promise<Publication> {
  const metrics = new ControlPlaneMetrics();
  const publication = new Publication({
    scope: EVERY_DATA_PLANE,
    state,
    schemaLevel: 2,
    metrics,
    log,
    onPublished,
  });
  await publication.load();
  return publication;
}

function reading(...routes: string[]): Reading {
  const value = { routes: routes.map((name) => ({ name })) };
  return { kind: 'documents', documents: [{ source: 'edge.yaml', value }] };
}

test('a failure to tell instances is not taken for a failure to write, and the next revision is told', async () => {
  let told = 0;
  const publication = await publicationWith(() => {
    told++;
    if (told === 1) throw new Error('an instance could not be told');
  });
  await publication.offer(reading('a'));
  expect(publication.unwritten).toBeUndefined();
  await publication.offer(reading('b'));
  expect([told, publication.history.current?.id.sequence]).toEqual([2, 2]);
  await publication.close();
});

test('sequences rise by one in the order of what was told, also when told at once', async () => {
  const published: number[] = [];
  const publication = await publicationWith(() =>
    published.push(publication.history.current?.id.sequence ?? 0),
  );
  await Promise.all(['a', 'b', 'c', 'c'].map((name) => publication.offer(reading(name))));
  expect(published).toEqual([1, 2, 3]);
  expect([...publication.history.current!.resources.keys()]).toEqual(['route/c']);
  await publication.close();
});

test('what fails to be written while it ends is not tried again', async () => {
  const publication = await publicationWith(() => undefined);
  await publication.offer(reading('a'));
  rmSync(workspace.path('state/shared'), { recursive: true });
  writeFileSync(workspace.path('state/shared'), 'in the way');
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const offered = publication.offer(reading('b'));
  // Its writing has begun when the end is asked for.
  await new Promise(setImmediate);
  await publication.close();
  await offered;
  expect(publication.unwritten).toBeDefined();
  expect(timers()).toBeLessThanOrEqual(before);
});

test('a pin publishes what an old revision holds as a new one, and without it the newest documents come back', async () => {
  const publication = await publicationWith(() => undefined);
  await publication.offer(reading('a'));
  await publication.offer(reading('b'));
  await publication.pinTo(1);
  const pinned = publication.history.current!;
  expect([pinned.id.sequence, [...pinned.resources.keys()]]).toEqual([3, ['route/a']]);
  await publication.offer(reading('c'));
  expect(publication.history.current).toBe(pinned);
  await publication.pinTo(undefined);
  expect([...publication.history.current!.resources.keys()]).toEqual(['route/c']);
  await publication.close();
});

test('a pin to what serves already publishes nothing, and one to what is not kept changes nothing', async () => {
  const publication = await publicationWith(() => undefined);
  await publication.offer(reading('a'));
  await publication.pinTo(1);
  expect(publication.history.current!.id.sequence).toBe(1);
  await publication.pinTo(99);
  await publication.offer(reading('b'));
  expect([publication.history.current!.id.sequence, publication.pin?.revision]).toEqual([1, undefined]);
  await publication.close();
});
