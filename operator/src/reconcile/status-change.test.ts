import type { Condition } from '@holdfast/api/condition.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DISCONNECTED, instance, observation, unconfigured } from '../fixtures/observation.ts';
import { desiredStatus } from '../status/data-plane-status.ts';
import type { Observation } from '../status/observation.ts';
import { statusChange } from './status-change.ts';

const FIRST = () => new Date('2026-11-22T10:00:00Z');
const LATER = () => new Date('2026-11-22T11:00:00Z');
const ACCEPTED: Condition = {
  type: 'ConfigAccepted',
  status: 'True',
  reason: 'Accepted',
  message: '',
  lastTransitionTime: '2026-11-22T09:00:00Z',
};

/** As the server has it after the operator has written what it sees. */
function written(scene: Observation): DataPlane {
  const { status } = statusChange(scene.dataPlane, desiredStatus(scene), FIRST);
  const conditions = [ACCEPTED, ...status.conditions.toReversed()];
  return { ...scene.dataPlane, status: { ...scene.dataPlane.status, ...status, conditions } };
}

function change(dataPlane: DataPlane, scene: Observation) {
  return statusChange(dataPlane, desiredStatus({ ...scene, dataPlane }), LATER);
}

test('what is written already is not written again, in whatever order the server keeps it', () => {
  const dataPlane = written(observation());
  expect(change(dataPlane, observation())).toMatchObject({ isNew: false, happenings: [] });
});

test("the control plane's part is not touched", () => {
  const { status } = change(written(observation()), observation());
  expect(status).not.toHaveProperty('revision');
  expect(status.conditions.map(({ type }) => type)).not.toContain('ConfigAccepted');
});

test('a condition whose status changes gets the time and an Event; the others keep theirs', () => {
  const dataPlane = written(observation());
  const pods = [instance('edge-a', 'n1', DISCONNECTED), ...observation().pods.slice(1)];
  const { isNew, status, happenings } = change(dataPlane, observation({ pods }));
  expect(isNew).toBe(true);
  const times = Object.fromEntries(status.conditions.map((each) => [each.type, each.lastTransitionTime]));
  expect(times).toMatchObject({
    ControlPlaneConnected: '2026-11-22T11:00:00Z',
    Ready: '2026-11-22T10:00:00Z',
  });
  expect(happenings).toMatchObject([
    { type: 'Warning', reason: 'Disconnected', action: 'ControlPlaneConnected' },
  ]);
  expect(happenings[0]!.note).toContain('since 2026-11-22T09:00:00Z');
});

test('what is well is Normal, what is not is a Warning, and what is not known of something new is no news', () => {
  const scene = unconfigured();
  const { happenings } = statusChange(scene.dataPlane, desiredStatus(scene), FIRST);
  expect(happenings.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
    'Warning NoConfiguration',
    'Warning TooFewInstances',
    'Normal RollingOut',
    'Warning InstancesMissing',
  ]);
});

test('one obstacle is told once, although two conditions show it', () => {
  const obstacle = { reason: 'ChildNotOwned' as const, message: 'Service default/edge is someone else’s' };
  const { happenings } = change(written(observation()), observation({ obstacle }));
  expect(happenings.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Warning ChildNotOwned']);
});
