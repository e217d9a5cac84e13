import { hashResources } from '@holdfast/protocol/revision/hash.ts';
import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import { History } from '../revisions/history.ts';
import type { StoredRevision } from '../revisions/revision-file.ts';
import { type AcceptanceState, configAccepted } from './config-accepted.ts';

const EDGE = { name: 'edge', namespace: 'default', generation: 3 };
const PROBLEM = {
  source: 'ConfigMap edge, key a.yaml',
  pointer: '/routes/0',
  expected: 'a route',
  found: '1',
};

function stored(sequence: number): StoredRevision {
  const resources = resourceSet([]);
  return { id: { lineage: 'l', sequence, hash: hashResources(resources) }, resources, createdAt: '' };
}

function state(sequence: number | undefined, more: Partial<AcceptanceState> = {}): AcceptanceState {
  const history = new History();
  if (sequence !== undefined) history.promote(history.add(stored(sequence)));
  const nothing = { candidate: undefined, failed: undefined, pin: undefined };
  return { history, ...nothing, refusal: undefined, unwritten: undefined, ...more };
}

test('what is published and not refused is accepted, for the generation that was seen', () => {
  expect(configAccepted(EDGE, state(7), false)).toEqual({
    type: 'ConfigAccepted',
    status: 'True',
    reason: 'Accepted',
    message: 'revision 7 is published',
    observedGeneration: 3,
  });
});

test('a refusal names its problems, and which revision goes on', () => {
  const refusal = { problems: [PROBLEM], since: '' };
  const { status, reason, message } = configAccepted(EDGE, state(7, { refusal }), false);
  expect([status, reason]).toEqual(['False', 'Refused']);
  expect(message).toBe(
    'revision 7 goes on: ConfigMap edge, key a.yaml: /routes/0: expected a route, found 1',
  );
});

test('of many problems the first are named, and the others counted', () => {
  const refusal = { problems: Array.from({ length: 12 }, () => PROBLEM), since: '' };
  expect(configAccepted(EDGE, state(undefined, { refusal }), false).message).toMatch(
    /^nothing is published: .*; and 2 more$/,
  );
});

test('without a ConfigMap the message says what to create', () => {
  const none = configAccepted(EDGE, state(undefined), true);
  expect(none.reason).toBe('NoConfiguration');
  expect(none.message).toContain(
    'a ConfigMap labelled holdfast.dev/configuration-for=edge in the namespace default',
  );
  const lost = configAccepted(EDGE, state(7), true);
  expect([lost.reason, lost.message]).toEqual(['Refused', expect.stringContaining('revision 7 goes on')]);
});

test('a revision that cannot be stored is not accepted yet', () => {
  const { status, reason } = configAccepted(EDGE, state(7, { unwritten: 'the API server is away' }), false);
  expect([status, reason]).toEqual(['False', 'Unwritten']);
});

test('a pin says what is served until when; one that is not kept changes nothing', () => {
  const pinned = state(8);
  const pin = { sequence: 3, revision: pinned.history.current };
  expect(configAccepted(EDGE, { ...pinned, pin }, false)).toMatchObject({
    status: 'True',
    reason: 'Pinned',
    message:
      'revision 8 is published, with what edge-3 holds, until spec.configuration.pinnedRevision is unset',
  });
  const unknown = { sequence: 2, revision: undefined };
  expect(configAccepted(EDGE, state(8, { pin: unknown }), false)).toMatchObject({
    status: 'False',
    reason: 'PinUnknown',
    message: expect.stringContaining('revision 8 goes on: edge-2, which'),
  });
});

test('what is tried leaves the last promoted revision named, and what failed says why', () => {
  const rolling = state(7);
  const candidate = rolling.history.add(stored(8));
  expect(configAccepted(EDGE, { ...rolling, candidate }, false)).toMatchObject({
    status: 'True',
    reason: 'RollingOut',
    message: 'revision 7 goes on while revision 8 is tried',
  });
  candidate.become('RolledBack', 'TooManyErrors', '60% of 100 requests');
  expect(configAccepted(EDGE, { ...rolling, failed: candidate }, false)).toMatchObject({
    status: 'False',
    reason: 'RolledBack',
    message: 'revision 7 goes on: revision 8: TooManyErrors: 60% of 100 requests',
  });
});
