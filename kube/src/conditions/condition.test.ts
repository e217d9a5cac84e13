import { type Condition, type ConditionReport, findCondition, setCondition } from './condition.ts';

const READY: ConditionReport = {
  type: 'Ready',
  status: 'True',
  reason: 'Available',
  message: '',
  observedGeneration: 1,
};
const at = (time: string) => () => new Date(time);

function ready(time = '2026-01-01T00:00:00.789Z'): Condition[] {
  return setCondition([], READY, at(time));
}

test('a new condition began now, to the second', () => {
  expect(ready()).toEqual([{ ...READY, lastTransitionTime: '2026-01-01T00:00:00Z' }]);
});

test('as long as the status stays, so does its beginning, whatever else changes', () => {
  const report = { ...READY, reason: 'Other', message: 'other', observedGeneration: 2 };
  expect(setCondition(ready(), report, at('2027-01-01T00:00:00Z'))).toEqual([
    { ...report, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ]);
});

test('another status begins now; the order and the other conditions stay, and the old list is as it was', () => {
  const before = setCondition(ready(), { ...READY, type: 'Available' }, at('2026-01-01T00:00:00Z'));
  const after = setCondition(before, { ...READY, status: 'False' }, at('2027-01-01T00:00:00Z'));
  expect(after.map(({ type, status }) => `${type} ${status}`)).toEqual(['Ready False', 'Available True']);
  expect(findCondition(after, 'Ready')?.lastTransitionTime).toBe('2027-01-01T00:00:00Z');
  expect(findCondition(before, 'Ready')?.status).toBe('True');
});

test('a message is cut to what the schema takes', () => {
  expect(
    setCondition([], { ...READY, message: 'x'.repeat(40_000) }, at('2026-01-01T00:00:00Z'))[0]!.message,
  ).toHaveLength(32_768);
});
