import { BalancedBackend } from './balanced-backend.ts';
import type { Balancer } from './balancer.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { endpointSet } from './endpoint-set.ts';
import { LeastRequest } from './least-request.ts';
import { RandomChoice } from './random-choice.ts';
import { RoundRobin } from './round-robin.ts';
import { TargetRegistry } from './target-registry.ts';

const endpoint = (port: number) => ({ address: '10.0.0.1', port });

/** A backend with endpoints on `ports`, on a clock that the test moves. */
function backendOf(balancer: Balancer, ports: number[], fallback?: number) {
  const clock = { now: 0 };
  const probed: ((stands: boolean) => void)[] = [];
  const registry = new TargetRegistry({ now: () => clock.now, probe: (_, done) => probed.push(done) });
  const upstream = registry.upstream('one');
  const backend = new BalancedBackend(
    upstream,
    { balancer, settings: upstream.settings, prefersOwnZone: false },
    registry,
  );
  const serve = (list: number[], last?: number) => {
    const lastEndpoint = last === undefined ? undefined : endpoint(last);
    backend.serve(endpointSet(registry, upstream, list.map(endpoint), lastEndpoint));
  };
  serve(ports, fallback);
  const target = (port: number) => registry.target(upstream, endpoint(port));
  const pick = (...tried: number[]) => backend.pick(tried.map(target))?.port;
  const count = (picks: number) => {
    const counts: Record<number, number> = {};
    for (let each = 0; each < picks; each++) {
      const port = pick()!;
      counts[port] = (counts[port] ?? 0) + 1;
    }
    return counts;
  };
  return { registry, clock, probed, serve, target, pick, count };
}

const POLICIES: [name: string, make: () => Balancer][] = [
  ['RoundRobin', () => new RoundRobin()],
  ['LeastRequest', () => new LeastRequest()],
  ['Random', () => new RandomChoice()],
  ['ConsistentHash', () => new ConsistentHash({ type: 'SourceAddress' })],
];

describe.each(POLICIES)('%s', (_name, make) => {
  test('without endpoints there is none to pick', () => {
    expect(backendOf(make(), []).pick()).toBeUndefined();
  });

  test('endpoints that were tried are left out until all were', () => {
    const { pick } = backendOf(make(), [1, 2, 3]);
    for (let round = 0; round < 20; round++) expect(pick(1, 3)).toBe(2);
    expect(pick(1, 2, 3)).toBeUndefined();
  });

  test('one that failed to connect lately is taken only when the others were tried', () => {
    const { pick, registry, target } = backendOf(make(), [1, 2, 3]);
    registry.connectFailed(target(2));
    for (let round = 0; round < 20; round++) expect(pick()).not.toBe(2);
    expect(pick(1, 3)).toBe(2);
  });

  test('where all failed to connect lately they are tried all the same', () => {
    const { pick, registry, target } = backendOf(make(), [1, 2]);
    for (const port of [1, 2]) registry.connectFailed(target(port));
    expect([1, 2]).toContain(pick());
    expect(pick(1)).toBe(2);
  });

  test('one that a probe could connect to comes back', () => {
    const { count, clock, registry, target, probed } = backendOf(make(), [1, 2]);
    registry.connectFailed(target(2));
    clock.now = 1_000;
    expect(count(50)[2]).toBeUndefined();
    for (const done of probed) done(true);
    expect(count(50)[2]).toBeGreaterThan(5);
  });

  test('the fallback comes last where endpoints are healthy', () => {
    const { pick } = backendOf(make(), [1, 2], 9);
    for (let round = 0; round < 20; round++) expect(pick()).not.toBe(9);
    expect(pick(1)).toBe(2);
    expect(pick(1, 2)).toBe(9);
    expect(pick(1, 2, 9)).toBeUndefined();
  });

  test('the fallback comes before endpoints that are known to be dead, and those after it', () => {
    const { pick, registry, target } = backendOf(make(), [1, 2, 3, 4], 9);
    for (const port of [1, 2, 3, 4]) registry.connectFailed(target(port));
    expect(pick()).toBe(9);
    expect(pick(9, 1, 2, 3)).toBe(4);
    registry.connectFailed(target(9));
    expect([1, 2, 3, 4]).toContain(pick());
    expect(pick(1, 2, 3, 4)).toBe(9);
  });

  test('one that fails its checks is left out, and taken where the others were tried', () => {
    const { pick, registry } = backendOf(make(), [1, 2, 3]);
    pick();
    registry.setUnhealthy('one', ['10.0.0.1:2']);
    for (let round = 0; round < 20; round++) expect(pick()).not.toBe(2);
    expect(pick(1, 3)).toBe(2);
  });

  test('one that fails its checks comes before one that can not be connected to', () => {
    const { pick, registry, target } = backendOf(make(), [1, 2]);
    registry.setUnhealthy('one', ['10.0.0.1:2']);
    registry.connectFailed(target(1));
    expect(pick()).toBe(2);
    expect(pick(2)).toBe(1);
  });

  test('new endpoints are used from the next pick on', () => {
    const { pick, serve } = backendOf(make(), [1]);
    serve([2]);
    expect(pick()).toBe(2);
  });
});

test('RoundRobin gives each endpoint its turn', () => {
  expect(backendOf(new RoundRobin(), [1, 2, 3]).count(30)).toEqual({ 1: 10, 2: 10, 3: 10 });
});

test('RoundRobin shares what an avoided endpoint would have got among all others', () => {
  const { count, registry, target } = backendOf(new RoundRobin(), [1, 2, 3]);
  registry.connectFailed(target(1));
  expect(count(30)).toEqual({ 2: 15, 3: 15 });
});

test('LeastRequest takes the less busy of two', () => {
  const { count, target } = backendOf(new LeastRequest(), [1, 2]);
  target(1).inFlight = 3;
  target(2).inFlight = 2;
  expect(count(20)).toEqual({ 2: 20 });
});

test('LeastRequest never takes the busiest of three', () => {
  const { count, target } = backendOf(new LeastRequest(), [1, 2, 3]);
  target(2).inFlight = 1;
  expect(count(100)[2]).toBeUndefined();
});

test('LeastRequest draws among endpoints that are as busy', () => {
  const { count, pick } = backendOf(new LeastRequest(), [1, 2, 3]);
  for (const share of Object.values(count(300))) expect(share).toBeGreaterThan(50);
  const amongOpen = new Set(Array.from({ length: 100 }, () => pick(1)));
  expect(amongOpen).toEqual(new Set([2, 3]));
});
