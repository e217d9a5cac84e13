import { claimedSpec, LeaseObservation, releasedSpec } from './lease.ts';

const NOW = new Date('2026-11-22T10:00:00.123Z');

test("a claim of a lease that was another's counts the transition; a renewal keeps since when", () => {
  const taken = claimedSpec(
    { holderIdentity: 'b', leaseTransitions: 3, acquireTime: 'then' },
    'a',
    15_000,
    NOW,
  );
  expect(taken).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: '2026-11-22T10:00:00.123000Z',
    renewTime: '2026-11-22T10:00:00.123000Z',
    leaseTransitions: 4,
  });
  const renewed = claimedSpec(taken, 'a', 15_000, new Date('2026-11-22T10:00:02Z'));
  expect(renewed).toEqual({ ...taken, renewTime: '2026-11-22T10:00:02.000000Z' });
});

test('a released lease is free at once', () => {
  const spec = releasedSpec(claimedSpec({}, 'a', 15_000, NOW), NOW);
  const observation = new LeaseObservation();
  observation.observe(spec, 0);
  expect(observation.isFree(spec, 15_000, 1)).toBe(true);
});

test('a lease is free when its spec has not been seen to change for its duration, whatever the times in it say', () => {
  const observation = new LeaseObservation();
  const spec = claimedSpec({}, 'b', 15_000, new Date(0));
  observation.observe(spec, 1_000);
  expect(observation.isFree(spec, 1, 15_999)).toBe(false);
  const renewed = claimedSpec(spec, 'b', 15_000, new Date(1));
  observation.observe(renewed, 10_000);
  observation.observe({ ...renewed }, 20_000);
  expect(observation.isFree(renewed, 1, 24_999)).toBe(false);
  expect(observation.isFree(renewed, 1, 25_000)).toBe(true);
});
