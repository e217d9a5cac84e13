import { compileBackend } from './compile-backend.ts';
import { endpointSet } from './endpoint-set.ts';
import { TargetRegistry } from './target-registry.ts';

function upstreamWith(limits: object, workers = 1) {
  const registry = new TargetRegistry({ workers });
  const backend = compileBackend({ name: 'one', endpoints: [], limits }, registry);
  const set = endpointSet(registry, backend.upstream, [{ address: '10.0.0.1', port: 1 }]);
  backend.serve(set);
  return { registry, upstream: backend.upstream, target: set.targets[0]! };
}

const times = (count: number, what: () => boolean) => Array.from({ length: count }, what);

test('no more requests are admitted than may be in flight, and one that ends makes room', () => {
  const { upstream, registry } = upstreamWith({ maxRequests: 2 });
  expect(times(3, () => upstream.enter())).toEqual([true, true, false]);
  upstream.leave();
  expect(upstream.enter()).toBe(true);
  expect(registry.takeEvents()).toEqual([{ backend: 'one', event: 'requests_refused', count: 1 }]);
  expect(registry.takeEvents()).toEqual([]);
});

test('no more connections are opened than may be, whatever becomes of them', () => {
  const { upstream, registry, target } = upstreamWith({ maxConnections: 3 });
  expect(times(4, () => upstream.mayConnect())).toEqual([true, true, true, false]);
  registry.connected(target);
  registry.connectFailed(target);
  registry.connectAbandoned(target);
  expect(times(3, () => upstream.mayConnect())).toEqual([true, true, false]);
  registry.disconnected(target);
  expect(upstream.mayConnect()).toBe(true);
});

test('no more requests wait for a connection than may', () => {
  const { upstream, registry, target } = upstreamWith({ maxPendingRequests: 1 });
  expect(times(2, () => upstream.mayConnect())).toEqual([true, false]);
  registry.connected(target);
  expect(upstream.mayConnect()).toBe(true);
  expect(registry.takeEvents()).toEqual([{ backend: 'one', event: 'pending_refused', count: 1 }]);
});

test('a backend without limits still bounds how many wait for a connection', () => {
  const { upstream } = upstreamWith({});
  expect(times(1_025, () => upstream.mayConnect()).filter(Boolean)).toHaveLength(1_024);
});

test.each([
  [10, 4, 3],
  [1, 4, 1],
])('of a limit of %d one of %d workers has %d', (maxRequests, workers, admitted) => {
  const { upstream } = upstreamWith({ maxRequests }, workers);
  expect(times(20, () => upstream.enter()).filter(Boolean)).toHaveLength(admitted);
});
