import type { Target } from './backend.ts';
import { endpointSet } from './endpoint-set.ts';
import { TargetRegistry } from './target-registry.ts';
import { type Circumstances, usableTargets } from './usable-targets.ts';

/** Endpoints in these zones, one a letter, on ports from 1 on; `.` is none. */
function setIn(zones: string) {
  const registry = new TargetRegistry();
  const endpoints = [...zones].map((zone, index) => ({
    address: '10.0.0.1',
    port: index + 1,
    ...(zone !== '.' && { zone }),
  }));
  return endpointSet(registry, registry.upstream('one'), endpoints);
}

const WELL: Circumstances = { unhealthy: new Set(), panicThreshold: 25, zone: undefined, now: 0 };
const unhealthy = (...ports: number[]) => new Set(ports.map((port) => `10.0.0.1:${port}`));
const ports = (targets: readonly Target[]) => targets.map(({ port }) => port);
const eject = (target: Target, until: number) => {
  target.ejection = { until, forMs: 1, earlier: 0 };
};

test('where all are well the list is the very same, so that what is made from it is kept', () => {
  const set = setIn('....');
  const { near, far, nearShare, until } = usableTargets(set, WELL);
  expect(near).toBe(set.targets);
  expect([far, nearShare, until]).toEqual([[], 1, Number.POSITIVE_INFINITY]);
});

test('neither one that fails its checks nor one that is ejected is usable, the latter until it is over', () => {
  const set = setIn('....');
  eject(set.targets[0]!, 50);
  const circumstances = { ...WELL, unhealthy: unhealthy(3) };
  expect(usableTargets(set, circumstances)).toMatchObject({ until: 50, nearShare: 1 });
  expect(ports(usableTargets(set, circumstances).near)).toEqual([2, 4]);
  expect(ports(usableTargets(set, { ...circumstances, now: 50 }).near)).toEqual([1, 2, 4]);
});

test.each<[bad: number, panicThreshold: number, used: number]>([
  [3, 25, 1],
  [3, 26, 4],
  [2, 50, 2],
  [2, 51, 4],
  [3, 0, 1],
  [4, 0, 4],
])('of four endpoints with %d bad ones and a threshold of %d %% %d are used', (bad, panicThreshold, used) => {
  const set = setIn('....');
  const failing = unhealthy(...[1, 2, 3, 4].slice(0, bad));
  expect(usableTargets(set, { ...WELL, unhealthy: failing, panicThreshold }).near).toHaveLength(used);
});

test('without endpoints there are none', () => {
  expect(usableTargets(setIn(''), WELL).near).toEqual([]);
});

describe('with a preferred zone', () => {
  const inA: Circumstances = { ...WELL, zone: 'a' };

  test('all requests stay in a zone that is well', () => {
    const { near, far, nearShare } = usableTargets(setIn('aabb.'), inA);
    expect([ports(near), ports(far), nearShare]).toEqual([[1, 2], [3, 4, 5], 1]);
  });

  test('a zone without endpoints, or with all of them, prefers nothing', () => {
    expect(usableTargets(setIn('bbcc'), inA)).toMatchObject({ far: [], nearShare: 1 });
    expect(usableTargets(setIn('aaaa'), inA)).toMatchObject({ far: [], nearShare: 1 });
  });

  test.each<[bad: number[], share: number]>([
    [[1], 1],
    [[1, 2], 0.7],
    [[1, 2, 3], 0.35],
  ])('with the endpoints %p of four failing the share %d of the requests stays', (bad, share) => {
    const { nearShare, far } = usableTargets(setIn('aaaabbbb'), { ...inA, unhealthy: unhealthy(...bad) });
    expect(nearShare).toBeCloseTo(share);
    expect(ports(far)).toEqual([5, 6, 7, 8]);
  });

  test('a zone whose endpoints all fail gets nothing', () => {
    const { near, far } = usableTargets(setIn('aabb'), { ...inA, unhealthy: unhealthy(1, 2) });
    expect([ports(near), far]).toEqual([[3, 4], []]);
  });
});
