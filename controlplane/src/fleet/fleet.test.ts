import type { Hello, Report } from '@holdfast/protocol/stream/messages.ts';
import { Fleet } from './fleet.ts';

const HELLO: Hello = {
  type: 'hello',
  instance: 'a',
  dataPlane: 'default/edge',
  version: '1',
  schemaLevel: 2,
};
const REPORT: Report = {
  type: 'report',
  ready: true,
  degraded: false,
  draining: true,
  workers: { desired: 2, serving: 2 },
  requests: { total: 1, failed: 0 },
};
const MINUTE = 60_000;

function states(fleet: Fleet): string[] {
  return fleet.list().map(({ instance, state }) => `${instance} ${state}`);
}

test('since tells when the state began, not when it was last confirmed', () => {
  let now = 0;
  const fleet = new Fleet(
    () => now,
    () => now,
  );
  const stream = {};
  fleet.connect(stream, HELLO, '127.0.0.1');
  now = 1_000;
  fleet.update(stream, HELLO, 'Synced', undefined);
  now = 2_000;
  fleet.update(stream, HELLO, 'Synced', undefined);
  expect(fleet.list()[0]).toMatchObject({
    state: 'Synced',
    since: '1970-01-01T00:00:01.000Z',
    connected: true,
  });
});

test('a lost instance is LostContact, then Gone, then forgotten', () => {
  let now = 0;
  const fleet = new Fleet(() => now);
  const stream = {};
  fleet.connect(stream, HELLO, '127.0.0.1');
  fleet.disconnect(stream, HELLO);
  expect(states(fleet)).toEqual(['a LostContact']);
  now = 11 * MINUTE;
  expect(states(fleet)).toEqual(['a Gone']);
  now = 61 * MINUTE;
  expect(states(fleet)).toEqual([]);
});

test('an instance that was draining is Gone at once', () => {
  const fleet = new Fleet();
  const stream = {};
  fleet.connect(stream, HELLO, '127.0.0.1');
  fleet.report(stream, HELLO, REPORT);
  fleet.disconnect(stream, HELLO);
  expect(states(fleet)).toEqual(['a Gone']);
});

test('of two streams with one name the later speaks, whenever the earlier ends', () => {
  const fleet = new Fleet();
  const [earlier, later] = [{}, {}];
  fleet.connect(earlier, HELLO, '127.0.0.1');
  expect(fleet.connect(later, HELLO, '127.0.0.1')).toBe(earlier);
  fleet.update(later, HELLO, 'Synced', undefined);
  fleet.disconnect(earlier, HELLO);
  expect(states(fleet)).toEqual(['a Synced']);
});

test('lost instances are bounded in number, and connected ones never left out', () => {
  let now = 0;
  const fleet = new Fleet(() => now);
  fleet.connect({}, { ...HELLO, instance: 'stays' }, '127.0.0.1');
  for (let index = 0; index < 1_500; index++) {
    const stream = {};
    const hello = { ...HELLO, instance: `lost-${index}` };
    fleet.connect(stream, hello, '127.0.0.1');
    fleet.disconnect(stream, hello);
  }
  now = 1;
  const names = fleet.list().map(({ instance }) => instance);
  expect(names).toHaveLength(1_001);
  expect(names).toContain('stays');
  expect(names).toContain('lost-1499');
  expect(names).not.toContain('lost-0');
});

test('a wall clock that is set forward makes nobody gone or forgotten', () => {
  let date = 0;
  const fleet = new Fleet(
    () => 0,
    () => date,
  );
  const stream = {};
  fleet.connect(stream, HELLO, '127.0.0.1');
  fleet.disconnect(stream, HELLO);
  date = 1_000 * MINUTE;
  expect(states(fleet)).toEqual(['a LostContact']);
});

test('an instance that is started again after draining is not Gone when it is lost before its first report', () => {
  const fleet = new Fleet();
  const [draining, restarted] = [{}, {}];
  fleet.connect(draining, HELLO, '127.0.0.1');
  fleet.report(draining, HELLO, REPORT);
  fleet.disconnect(draining, HELLO);
  fleet.connect(restarted, HELLO, '127.0.0.1');
  fleet.disconnect(restarted, HELLO);
  expect(states(fleet)).toEqual(['a LostContact']);
});
