import { TrafficCounters } from './traffic-counters.ts';

test('a sample says what happened since the one before, and nothing of what did not happen', () => {
  const counters = new TrafficCounters();
  counters.finished('a', 'x', 200, 0.002);
  counters.finished('a', 'x', 200, 0.002);
  counters.finished('a', 'y', 503, 100);
  counters.finished('b', 'x', 200, 0.0005);
  const first = counters.sample();
  expect(first.requests).toEqual([
    { route: 'a', backend: 'x', code: 200, count: 2 },
    { route: 'a', backend: 'y', code: 503, count: 1 },
    { route: 'b', backend: 'x', code: 200, count: 1 },
  ]);
  expect(first.durations[0]).toMatchObject({ route: 'a', sumSeconds: 100.004 });
  expect(first.durations[0]?.buckets).toEqual([0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

  counters.finished('a', 'y', 503, 0);
  const second = counters.sample();
  expect(second.requests).toEqual([{ route: 'a', backend: 'y', code: 503, count: 1 }]);
  expect(second.durations).toHaveLength(1);
  expect(first.durations[0]?.buckets.at(-1)).toBe(1);
  expect(counters.sample()).toMatchObject({ requests: [], durations: [] });
});
