import { Inbox } from '../configuration/fixtures/inbox.ts';
import { checkSettings } from './check-settings.ts';
import { type CheckedBackend, HealthChecker, type HealthCheckerOptions } from './health-checker.ts';

const SETTINGS = { ...checkSettings({}), intervalMs: 4, healthyThreshold: 2, unhealthyThreshold: 2 };
const checkers: HealthChecker[] = [];

afterEach(() => {
  for (const checker of checkers.splice(0)) checker.stop();
});

const backend = (name: string, ...ports: number[]): CheckedBackend => ({
  name,
  settings: SETTINGS,
  endpoints: ports.map((port) => ({ address: '10.0.0.1', port })),
});

/** A checker of endpoints that fail where their port is among `failing`. */
function scene(options: Partial<HealthCheckerOptions> = {}) {
  const told = new Inbox<[backend: string, unhealthy: string[]]>();
  const checked = new Inbox<number>();
  const failing = new Set<number>();
  const checker = new HealthChecker({
    onHealth: (name, unhealthy) => told.put([name, unhealthy]),
    onChecked: () => {},
    probe: async ({ port }) => {
      checked.put(port);
      return !failing.has(port);
    },
    ...options,
  });
  checkers.push(checker);
  const times = async (port: number, count: number) => {
    for (let time = 0; time < count; time++) await checked.nextThat((each) => each === port);
  };
  return { checker, told, failing, times };
}

test('only what changes is told: an endpoint that fails is out, and comes back when it is well', async () => {
  const { checker, told, failing, times } = scene();
  checker.update([backend('one', 1, 2)]);
  await times(1, 5);
  expect(told.all).toEqual([]);
  failing.add(2);
  expect(await told.next()).toEqual(['one', ['10.0.0.1:2']]);
  failing.clear();
  expect(await told.next()).toEqual(['one', []]);
});

test('an endpoint that stays keeps its health, and one that goes takes its own with it', async () => {
  const { checker, told, failing, times } = scene();
  failing.add(1).add(2);
  checker.update([backend('one', 1, 2, 3)]);
  await told.nextThat(([, unhealthy]) => unhealthy.length === 2);
  checker.update([backend('one', 2, 3, 4)]);
  expect(await told.next()).toEqual(['one', ['10.0.0.1:2']]);
  await times(4, 3);
  expect(told.all.at(-1)).toEqual(['one', ['10.0.0.1:2']]);
});

test('other settings for the checks do not make an endpoint that fails healthy', async () => {
  const { checker, told, failing, times } = scene();
  failing.add(1);
  checker.update([backend('one', 1, 2)]);
  await told.next();
  checker.update([{ ...backend('one', 1, 2), settings: { ...SETTINGS, intervalMs: 5 } }]);
  await times(1, 3);
  expect(told.all).toEqual([['one', ['10.0.0.1:1']]]);
});

test('a backend that is checked no more has only healthy endpoints', async () => {
  const { checker, told, failing } = scene();
  failing.add(1);
  checker.update([backend('one', 1, 2)]);
  await told.next();
  checker.update([]);
  expect(await told.next()).toEqual(['one', []]);
});

test('what a predecessor found holds until checks say otherwise', async () => {
  const { checker, told } = scene({
    unhealthy: [
      ['one', ['10.0.0.1:1']],
      ['gone', ['10.0.0.1:9']],
    ],
  });
  checker.update([backend('one', 1, 2)]);
  expect(told.all).toEqual([['gone', []]]);
  await told.next();
  expect(await told.next()).toEqual(['one', []]);
});

test('the first checks are spread over the interval, and never more than so many run at a time', async () => {
  let running = 0;
  let most = 0;
  const checked = new Inbox<number>();
  const probe: HealthCheckerOptions['probe'] = async ({ port }) => {
    running++;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    checked.put(port);
    return true;
  };
  const { checker } = scene({ probe, mostAtOnce: 3, random: () => 0 });
  checker.update([backend('one', ...Array.from({ length: 50 }, (_, index) => index + 1))]);
  const seen = new Set<number>();
  while (seen.size < 50) seen.add(await checked.next());
  expect(most).toBe(3);
});

test('after the end nothing is checked or told any more, whatever is still under way', async () => {
  const probing = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<boolean>();
  let probes = 0;
  const { checker, told } = scene({
    probe: () => {
      probes++;
      probing.resolve();
      return answer.promise;
    },
  });
  checker.update([{ ...backend('one', 1), settings: { ...SETTINGS, unhealthyThreshold: 1 } }]);
  await probing.promise;
  checker.stop();
  answer.resolve(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect([told.all, probes]).toEqual([[], 1]);
});
