import { resourceSet } from '@holdfast/protocol/revision/resource-set.ts';
import type { Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Target } from '../revisions/publication.ts';
import { type NextStep, Progress } from './progress.ts';

const REASONS = [{ code: 'CompileFailed', message: 'it does not compile' }];

function id(sequence: number, lineage = 'L'): RevisionId {
  return { lineage, sequence, hash: `sha256:${sequence}` };
}

function target(sequence: number, lineage?: string, trial = false): Target {
  const revision: Revision = { id: id(sequence, lineage), resources: resourceSet([]) };
  return { projection: { revision }, trial };
}

function joined(have?: RevisionId): Progress {
  const progress = new Progress();
  progress.hello(have);
  return progress;
}

function sent(step: NextStep): string {
  return step.send === 'revision' ? `revision ${step.revision.id.sequence}` : step.send;
}

test('who has the newest is told so once', () => {
  const progress = joined(id(1));
  expect(sent(progress.next(target(1)))).toBe('current');
  expect(sent(progress.next(target(1)))).toBe('nothing');
  expect(progress.state(target(1)).state).toBe('Synced');
});

test('while one revision is on its way no other is sent, and then the newest', () => {
  const progress = joined();
  expect(sent(progress.next(target(1)))).toBe('revision 1');
  expect(sent(progress.next(target(2)))).toBe('nothing');
  expect(sent(progress.next(target(3)))).toBe('nothing');
  progress.ack(id(1));
  expect(progress.state(target(3)).state).toBe('Behind');
  expect(sent(progress.next(target(3)))).toBe('revision 3');
  progress.ack(id(3));
  expect(sent(progress.next(target(3)))).toBe('nothing');
});

test('a refused revision is not sent again, a newer one is', () => {
  const progress = joined(id(1));
  progress.next(target(2));
  progress.nack({ type: 'nack', revision: id(2), have: id(1), reasons: REASONS });
  expect(sent(progress.next(target(2)))).toBe('nothing');
  expect(progress.state(target(2))).toEqual({ state: 'Refused', reasons: REASONS });
  expect(sent(progress.next(target(3)))).toBe('revision 3');
  expect(progress.have).toEqual(id(1));
});

test('a hello without have gives up what is on its way and asks for all of it', () => {
  const progress = joined(id(1));
  progress.next(target(2));
  progress.hello(undefined);
  expect(progress.have).toBeUndefined();
  expect(sent(progress.next(target(2)))).toBe('revision 2');
});

test('an instance that is ahead in the same lineage is not taken back, in another lineage it counts nothing', () => {
  const progress = joined(id(5));
  expect(sent(progress.next(target(4)))).toBe('nothing');
  expect(progress.state(target(4)).state).toBe('Ahead');
  expect(sent(progress.next(target(1, 'M')))).toBe('revision 1');
});

test('what an instance cannot know is withheld, and what is not published is not sent', () => {
  const progress = joined(id(1));
  const problem = { pointer: '/route/a/filters/0', expected: 'what level 1 knows', found: 'URLRewrite' };
  const withheld: Target = { projection: { withheld: [problem] }, trial: false };
  expect(sent(progress.next(withheld))).toBe('nothing');
  expect(progress.state(withheld).state).toBe('VersionSkew');
  expect(progress.state(withheld).reasons[0]!.pointer).toBe('/route/a/filters/0');
  expect(sent(progress.next(undefined))).toBe('nothing');
  expect(progress.state(undefined).state).toBe('Behind');
});

function trying(): Progress {
  const progress = joined(id(1));
  progress.next(target(2, 'L', true));
  progress.ack(id(2));
  return progress;
}

test('what is on trial leaves what the instance has, which deltas start at', () => {
  const progress = joined(id(1));
  expect(progress.next(target(2, 'L', true))).toMatchObject({ send: 'revision', trial: true });
  progress.ack(id(2));
  expect([progress.have, progress.trial]).toEqual([id(1), id(2)]);
  expect(sent(progress.next(target(2, 'L', true)))).toBe('nothing');
  expect(progress.state(target(2, 'L', true)).state).toBe('Synced');
});

test('promotion and the way back are told once each, and count when they are answered', () => {
  for (const [sequence, other] of [[2, 1] as const, [1, 2] as const]) {
    const progress = trying();
    const end = { send: 'current', revision: id(sequence), isAnswered: true };
    expect(progress.next(target(sequence))).toEqual(end);
    expect(sent(progress.next(target(sequence)))).toBe('nothing');
    expect([progress.have, progress.trial]).toEqual([id(1), id(2)]);
    progress.ack(id(sequence));
    expect([progress.have, progress.trial]).toEqual([id(sequence), undefined]);
    expect(progress.state(target(other)).state).not.toBe('Synced');
  }
});

test('the answer to a renewal changes nothing, also when it crosses the way back', () => {
  const progress = trying();
  progress.ack(id(2));
  expect(progress.trial).toEqual(id(2));
  progress.next(target(1));
  progress.ack(id(2));
  expect([progress.have, progress.trial]).toEqual([id(1), id(2)]);
});

test('an instance that went back by itself is given the trial again', () => {
  const progress = trying();
  progress.ack(id(1));
  expect(progress.trial).toBeUndefined();
  expect(progress.next(target(2, 'L', true))).toMatchObject({ send: 'revision', trial: true });
});

test('one that comes back with a trial is told to go on, to keep it for good, or to go back', () => {
  const progress = new Progress();
  progress.hello(id(1), id(2));
  expect(sent(progress.next(target(2, 'L', true)))).toBe('nothing');
  expect(progress.next(target(1))).toMatchObject({ send: 'current', isAnswered: true });
});
