import { seededRandom } from './fixtures/seeded-random.ts';
import { NO_RETRY, type RetryPolicy, retryDelay } from './retry-policy.ts';
import { TargetRegistry } from './target-registry.ts';

const POLICY: RetryPolicy = { attempts: 2, codes: new Set([503]), backoffMs: 100 };

function scene(workers = 1) {
  const registry = new TargetRegistry({ workers });
  const upstream = registry.upstream('one');
  return { registry, upstream };
}

test('a route without retry tries nothing again', () => {
  expect(retryDelay(undefined, scene().upstream, 'reset', 0)).toBe(NO_RETRY);
});

test.each<[outcome: number | 'reset' | 'timeout', isRetried: boolean]>([
  [503, true],
  [500, false],
  [200, false],
  ['reset', true],
  ['timeout', true],
])('a try that ended with %p is retried: %p', (outcome, isRetried) => {
  expect(retryDelay(POLICY, scene().upstream, outcome, 0) !== NO_RETRY).toBe(isRetried);
});

test('the wait is never shorter than the backoff, doubles with each retry, and is at most half as long again', () => {
  const random = seededRandom(3);
  const { upstream, registry } = scene();
  const policy = { ...POLICY, attempts: 10 };
  for (let made = 0; made < 10; made++) {
    const least = Math.min(100 * 2 ** made, 10_000);
    const waits = Array.from({ length: 3 }, () => retryDelay(policy, upstream, 503, made, random));
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThan(1.5 * least);
    }
    for (let second = 0; second < 10; second++) registry.tick();
  }
});

test('no more retries are made than the route allows', () => {
  expect(retryDelay(POLICY, scene().upstream, 503, 2)).toBe(NO_RETRY);
});

describe('the budget', () => {
  function retries(upstream: ReturnType<typeof scene>['upstream'], most: number): number {
    let made = 0;
    while (made < most && upstream.takeRetry()) made++;
    return made;
  }

  test('a fifth of the requests of the last ten seconds may be retried', () => {
    const { upstream, registry } = scene();
    for (let request = 0; request < 1_000; request++) upstream.enter();
    expect(retries(upstream, 1_000)).toBe(200);
    expect(registry.takeEvents()).toEqual([
      { backend: 'one', event: 'retries', count: 200 },
      { backend: 'one', event: 'retries_refused', count: 1 },
    ]);
    for (let second = 0; second < 10; second++) registry.tick();
    expect(retries(upstream, 1_000)).toBe(30);
  });

  test('requests are forgotten after ten seconds, and not before', () => {
    const { upstream, registry } = scene();
    for (let request = 0; request < 1_000; request++) upstream.enter();
    for (let second = 0; second < 9; second++) registry.tick();
    expect(retries(upstream, 1_000)).toBe(200);
    registry.tick();
    expect(retries(upstream, 1_000)).toBe(0);
  });

  test('each worker has its part of what is always allowed', () => {
    expect(retries(scene(4).upstream, 1_000)).toBe(7);
    expect(retries(scene(64).upstream, 1_000)).toBe(1);
  });

  test('a budget of nothing allows nothing', () => {
    const { upstream } = scene();
    upstream.settings = { ...upstream.settings, retryPercent: 0 };
    expect(retries(upstream, 1_000)).toBe(0);
  });
});
