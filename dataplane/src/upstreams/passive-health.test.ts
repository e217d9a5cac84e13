import { compileBackend } from './compile-backend.ts';
import { endpointSet } from './endpoint-set.ts';
import { TargetRegistry } from './target-registry.ts';

const PASSIVE = { consecutiveErrors: 3, baseEjection: '10s', maxEjection: '35s', maxEjectionPercent: 50 };

/** A backend with so many endpoints, on a clock that the test moves. */
function scene(count: number, passive: object | null = PASSIVE) {
  const clock = { now: 0 };
  const told: string[] = [];
  const registry = new TargetRegistry({
    now: () => clock.now,
    random: () => 0,
    onEjected: ({ key }) => told.push(key),
  });
  const resource = { name: 'one', endpoints: [], ...(passive && { healthCheck: { passive } }) };
  const backend = compileBackend(resource, registry);
  const endpoints = Array.from({ length: count }, (_, index) => ({ address: '10.0.0.1', port: index + 1 }));
  const set = endpointSet(registry, backend.upstream, endpoints);
  backend.serve(set);
  const target = (port: number) => set.targets[port - 1]!;
  const fail = (port: number, times: number) => {
    for (let time = 0; time < times; time++) registry.responded(target(port), 503);
  };
  const used = () => {
    const ports = new Set(Array.from({ length: 4 * count }, () => backend.pick([])!.port));
    return [...ports].sort();
  };
  return { clock, registry, backend, target, fail, used, told };
}

test('so many errors in a row eject an endpoint, and the other workers are told', () => {
  const { fail, used, told, registry } = scene(3);
  fail(1, 2);
  expect(used()).toEqual([1, 2, 3]);
  fail(1, 1);
  expect(used()).toEqual([2, 3]);
  expect(told).toEqual(['10.0.0.1:1']);
  expect(registry.takeEvents()).toEqual([{ backend: 'one', event: 'ejections', count: 1 }]);
});

test('one answer that is no error begins the row anew', () => {
  const { fail, used, registry, target } = scene(3);
  fail(1, 2);
  registry.responded(target(1), 404);
  fail(1, 2);
  expect(used()).toEqual([1, 2, 3]);
});

test('connections that fail and tries that break off are errors too', () => {
  const { used, registry, target, clock, backend } = scene(3);
  backend.upstream.mayConnect();
  registry.connectFailed(target(1));
  registry.failed(target(1));
  registry.failed(target(1));
  clock.now = 6_000;
  expect(used()).toEqual([2, 3]);
});

test('an ejection ends by itself, and one that follows at once is twice as long, up to the longest', () => {
  const { clock, fail, used } = scene(3);
  for (const lasts of [10_000, 20_000, 35_000, 35_000]) {
    fail(1, 3);
    clock.now += lasts - 1;
    expect(used()).toEqual([2, 3]);
    clock.now += 1;
    expect(used()).toEqual([1, 2, 3]);
  }
});

test('an endpoint that did well for as long as it was out begins anew', () => {
  const { clock, fail, used } = scene(3);
  fail(1, 3);
  clock.now = 20_000;
  fail(1, 3);
  clock.now = 30_000;
  expect(used()).toEqual([1, 2, 3]);
});

test('errors of requests that were under way when it was ejected do not count again', () => {
  const { clock, fail, used } = scene(3);
  fail(1, 20);
  clock.now = 10_000;
  fail(1, 2);
  expect(used()).toEqual([1, 2, 3]);
});

test.each<[endpoints: number, percent: number, ejected: number]>([
  [1, 100, 0],
  [2, 50, 1],
  [3, 10, 1],
  [4, 50, 2],
  [4, 0, 1],
])('of %d endpoints with at most %d %% out %d are ejected when all fail', (endpoints, percent, ejected) => {
  const { fail, told } = scene(endpoints, { ...PASSIVE, maxEjectionPercent: percent });
  for (let port = 1; port <= endpoints; port++) fail(port, 3);
  expect(told).toHaveLength(ejected);
});

test('what another worker ejected is out here too, and is not told on', () => {
  const { registry, used, told } = scene(3);
  registry.ejectedElsewhere('one', '10.0.0.1:2');
  registry.ejectedElsewhere('one', '10.9.9.9:2');
  registry.ejectedElsewhere('nobody', '10.0.0.1:2');
  expect(used()).toEqual([1, 3]);
  expect(told).toEqual([]);
});

test('an ejection that two workers come to at the same time is one', () => {
  const { registry, fail, target } = scene(6);
  fail(1, 3);
  registry.ejectedElsewhere('one', '10.0.0.1:1');
  expect(target(1).ejection).toMatchObject({ earlier: 0, forMs: 10_000 });
});

test('without passive health checks nothing is ejected', () => {
  const { fail, used, told } = scene(3, null);
  fail(1, 100);
  expect(used()).toEqual([1, 2, 3]);
  expect(told).toEqual([]);
});
