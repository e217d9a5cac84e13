import { type DrainDecision, type DrainView, decideDrain } from './drain.ts';

/** Started at 0, delay 10 s, timeout 60 s; quiet and sampled. */
const QUIET: DrainView = {
  now: 10_000,
  startedAt: 0,
  delayMs: 10_000,
  timeoutMs: 60_000,
  inFlight: 0,
  lastArrival: 7_000,
  sampledAt: 9_800,
  everServed: true,
};

test.each<[string, Partial<DrainView>, DrainDecision]>([
  ['it ends when the delay has passed and all is quiet', {}, 'finished'],
  ['it waits for the delay, however quiet', { now: 9_999 }, 'wait'],
  ['it waits for a request in flight', { inFlight: 1 }, 'wait'],
  ['it waits until nothing came for 2 s', { lastArrival: 7_801 }, 'wait'],
  [
    'quiet counts to the oldest of the newest samples, not to now',
    { now: 11_000, lastArrival: 9_000, sampledAt: 10_999 },
    'wait',
  ],
  ['a worker that has sent nothing for 2 s is not taken for quiet', { now: 11_801 }, 'wait'],
  ['a worker without any sample is not taken for quiet', { now: 20_000, sampledAt: undefined }, 'wait'],
  ['without any arrival quiet counts from the start of the drain', { lastArrival: undefined }, 'finished'],
  [
    'with a delay of 0 it looks for 2 s all the same',
    { delayMs: 0, now: 1_500, sampledAt: 1_400, lastArrival: undefined },
    'wait',
  ],
  ['the timeout starts when the delay has passed', { now: 69_999, inFlight: 1 }, 'wait'],
  ['at the timeout it ends with requests in flight', { now: 70_000, inFlight: 1 }, 'timed out'],
  ['at the timeout it ends without samples', { now: 70_000, sampledAt: undefined }, 'timed out'],
  [
    'an instance that never served ends with the delay',
    { everServed: false, sampledAt: undefined },
    'finished',
  ],
  ['an instance that never served waits for the delay', { everServed: false, now: 9_000 }, 'wait'],
])('I4: %s', (_, change, expected) => {
  expect(decideDrain({ ...QUIET, ...change })).toBe(expected);
});
