import { TrafficView } from './traffic-view.ts';
import type { WorkerSample } from './worker-messages.ts';

function sample(arrivals: number, requestsInFlight: number): WorkerSample {
  const gauges = { connections: 1, requestsInFlight, upgraded: 0 };
  return { requests: [], durations: [], arrivals, rejected: [], upstreamRetries: 0, gauges };
}

test('gauges are the sum of the newest samples, and a worker that is gone counts no more', () => {
  const [a, b] = [{}, {}];
  const view = new TrafficView();
  view.add(a, sample(0, 5), 1);
  view.add(a, sample(0, 2), 2);
  view.add(b, sample(0, 1), 2);
  expect(view.gauges()).toEqual({ connections: 2, requestsInFlight: 3, upgraded: 0 });
  view.remove(a);
  expect(view.gauges()).toEqual({ connections: 1, requestsInFlight: 1, upgraded: 0 });
});

test('what is known reaches as far as the sample of the slowest worker', () => {
  const [a, b] = [{}, {}];
  const view = new TrafficView();
  view.add(a, sample(1, 0), 10);
  expect(view.sampledAt([a, b])).toBeUndefined();
  view.add(b, sample(0, 0), 20);
  view.add(a, sample(0, 0), 30);
  expect(view.sampledAt([a, b])).toBe(20);
  expect(view.lastArrival).toBe(10);
  expect(view.sampledAt([])).toBeUndefined();
});
