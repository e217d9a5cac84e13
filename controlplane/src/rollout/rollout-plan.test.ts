import type { RolloutSettings } from '@holdfast/api/data-plane.ts';
import { rolloutPlan } from './rollout-plan.ts';

const SETTINGS: RolloutSettings = {
  canary: { instances: 1 },
  soak: '1m30s',
  steps: [50, 25],
  gates: {
    errors: { absolutePercent: 5, relativePercent: 200, minRequests: 50 },
    littleTraffic: 'Hold',
  },
};

test('unless it says otherwise a fleet of three instances and more is progressive', () => {
  expect(rolloutPlan(SETTINGS, 2)).toBeUndefined();
  expect(rolloutPlan(SETTINGS, 3)).toMatchObject({ soakMs: 90_000, gates: { littleTraffic: 'Hold' } });
  expect(rolloutPlan({ ...SETTINGS, strategy: 'AllAtOnce' }, 100)).toBeUndefined();
  expect(rolloutPlan({ ...SETTINGS, strategy: 'Progressive' }, 1)).toBeDefined();
});

test('steps are percent of all, rounded up, in the order of their size, and never more than there are', () => {
  expect(rolloutPlan(SETTINGS, 9)!.stages(9)).toEqual([1, 3, 5]);
  const share = { ...SETTINGS, canary: { instances: '10%' } };
  expect(rolloutPlan(share, 25)!.stages(25)).toEqual([3, 7, 13]);
  const many = { ...SETTINGS, canary: { instances: 8 } };
  expect(rolloutPlan(many, 3)!.stages(3)).toEqual([3, 1, 2]);
});
