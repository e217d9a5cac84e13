import fc from 'fast-check';
import { type Member, Rollout, type RolloutOutcome } from './rollout.ts';
import { rolloutPlan } from './rollout-plan.ts';

const CANDIDATE = { lineage: 'L', sequence: 2, hash: 'sha256:2' };
const SOAK_MS = 5_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

type Step =
  | { type: 'pass'; ms: number }
  | { type: 'serve' | 'lose' | 'return' | 'drain' | 'goBack' | 'refuse'; name: string }
  | { type: 'report'; name: string; total: number; failed: number; crashes: number };

const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 8_000 }).map((ms): Step => ({ type: 'pass', ms })) },
  { weight: 6, arbitrary: name.map((one): Step => ({ type: 'serve', name: one })) },
  fc
    .tuple(fc.constantFrom('lose' as const, 'return' as const, 'drain' as const, 'goBack' as const), name)
    .map(([type, one]): Step => ({ type, name: one })),
  { weight: 1, arbitrary: name.map((one): Step => ({ type: 'refuse', name: one })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(name, fc.nat(200), fc.nat(100), fc.constantFrom(0, 0, 0, 0, 1))
      .map(([one, total, percent, crashes]): Step => {
        return { type: 'report', name: one, total, failed: Math.round((total * percent) / 100), crashes };
      }),
  },
);

test('whatever happens: no more instances try it than the stage allows, it is promoted only where all that try it serve it, and one that fails is never promoted', () => {
  const stages = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 3 });
  fc.assert(
    fc.property(stages, fc.array(step, { maxLength: 80, size: 'max' }), (steps, events) => {
      const errors = { absolutePercent: 5, relativePercent: 200, minRequests: 50 };
      const gates = { errors, littleTraffic: 'Proceed' as const };
      const settings = { canary: { instances: 1 }, soak: '5s', steps, gates };
      const plan = rolloutPlan(settings, NAMES.length)!;
      const rollout = new Rollout(CANDIDATE, plan, 0);
      const fleet = new Map(NAMES.map((one) => [one, memberOf(one)]));
      let [now, servedSince] = [0, undefined as number | undefined];
      let outcome: RolloutOutcome | undefined;
      for (const event of events) {
        if (event.type === 'pass') now += event.ms;
        else happen(event, rollout, fleet, now);
        outcome = rollout.step([...fleet.values()], now);
        const chosen = [...rollout.chosen];
        const refused = chosen.some((one) => fleet.get(one)?.refusal !== undefined);
        if (refused) expect(outcome).toMatchObject({ kind: 'end' });
        if (outcome?.kind === 'promote') {
          expect(chosen.every((one) => fleet.get(one)?.tries)).toBe(true);
          expect(now - servedSince!).toBeGreaterThanOrEqual(SOAK_MS);
        }
        if (outcome !== undefined) return;
        const able = [...fleet.values()].filter(({ eligible }) => eligible).length;
        // Those that were chosen while more were there stay chosen.
        if (able === NAMES.length)
          expect(chosen.length).toBeLessThanOrEqual(Math.max(1, ...plan.stages(able)));
        const all = chosen.length > 0 && chosen.every((one) => fleet.get(one)?.tries);
        servedSince = all ? (servedSince ?? now) : undefined;
      }
    }),
    { numRuns: 500 },
  );
});

function memberOf(instance: string): Member {
  return { instance, eligible: true, draining: false, tries: false, refusal: undefined };
}

function happen(
  event: Exclude<Step, { type: 'pass' }>,
  rollout: Rollout,
  fleet: Map<string, Member>,
  now: number,
): void {
  const { name: one } = event;
  const member = fleet.get(one);
  if (event.type === 'return' && member === undefined) fleet.set(one, memberOf(one));
  if (member === undefined) return;
  const change = (changed: Partial<Member>) => fleet.set(one, { ...member, ...changed });
  if (event.type === 'serve' && rollout.isFor(one)) change({ tries: true });
  if (event.type === 'lose') fleet.delete(one);
  if (event.type === 'drain') change({ draining: true, eligible: false });
  if (event.type === 'goBack') change({ tries: false });
  if (event.type === 'refuse' && rollout.isFor(one)) change({ tries: false, refusal: [] });
  if (event.type === 'report') {
    const requests = { total: event.total, failed: event.failed };
    const revision = member.tries ? CANDIDATE : { ...CANDIDATE, sequence: 1, hash: 'sha256:1' };
    const revisions = [{ revision, requests, workerCrashes: event.crashes }];
    rollout.record(one, { requests, revisions }, now);
  }
}
