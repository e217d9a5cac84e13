import type { Revision, RevisionId } from '@holdfast/protocol/revision/revision.ts';
import type { Current } from '@holdfast/protocol/stream/messages.ts';
import { delta, revision, snapshot } from './fixtures/revisions.ts';
import { Keeper, type KeeperEffect, type KeeperInput } from './keeper.ts';

const r1 = revision(1);
const r2 = revision(2);
const r3 = revision(3);
const CONFIRM = { confirmByMs: 20_000 };

/** A keeper that serves revision 1 for good, with short ways to say what happened. */
function scene() {
  const keeper = new Keeper();
  const on = (input: KeeperInput) => keeper.handle(input);
  const checked = ({ id }: Revision) => on({ type: 'checked', revision: id, reasons: [] });
  const served = ({ id }: Revision) => on({ type: 'served', revision: id });
  const take = (what: KeeperInput, candidate: Revision) => {
    on(what);
    checked(candidate);
    return served(candidate);
  };
  const tryOut = (candidate: Revision) => take({ ...delta(r1, candidate), ...CONFIRM }, candidate);
  const unconfirmed = ({ id }: Revision) => on({ type: 'unconfirmed', revision: id });
  take(snapshot(r1), r1);
  return { keeper, on, checked, served, take, tryOut, unconfirmed };
}

function current({ id }: Revision, confirmByMs?: number): Current {
  return { type: 'current', revision: id, ...(confirmByMs !== undefined && { confirmByMs }) };
}

function types(effects: KeeperEffect[]): string[] {
  return effects.map(({ type }) => type);
}

function applied(effects: KeeperEffect[]): [RevisionId | null, boolean][] {
  return effects.flatMap((effect) =>
    effect.type === 'apply' ? [[effect.transaction.revision, effect.transaction.trial] as const] : [],
  ) as [RevisionId | null, boolean][];
}

test('what is on trial serves and is acknowledged, and is neither cached nor what a hello or a delta starts at', () => {
  const { keeper, on, checked, served } = scene();
  expect(types(on({ ...delta(r1, r2), ...CONFIRM }))).toEqual(['check', 'awaitConfirmation']);
  expect(applied(checked(r2))).toEqual([[r2.id, true]]);
  expect(types(served(r2))).toEqual(['ack']);
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r2.id, r1.id, r2.id]);
});

test('promoted it becomes the last good one: cached, then acknowledged, with nothing to apply', () => {
  const { keeper, on, tryOut } = scene();
  tryOut(r2);
  expect(on(current(r2))).toEqual([
    { type: 'reportPromotion', revision: r2.id },
    { type: 'cacheRevision', revision: r2 },
    { type: 'ack', revision: r2.id },
  ]);
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r2.id, r2.id, undefined]);
});

test('told that the last good one is current it goes back to it, and acknowledges that when it serves', () => {
  const { keeper, on, served, tryOut } = scene();
  tryOut(r2);
  expect(applied(on(current(r1)))).toEqual([[r1.id, false]]);
  expect(keeper.serving).toEqual(r2.id);
  expect(served(r1)).toEqual([{ type: 'ack', revision: r1.id }]);
  expect([keeper.serving, keeper.trial]).toEqual([r1.id, undefined]);
});

test('I1: not confirmed in time it goes back by itself, with no control plane there', () => {
  const { keeper, on, served, tryOut, unconfirmed } = scene();
  tryOut(r2);
  expect(applied(unconfirmed(r2))).toEqual([[r1.id, false]]);
  served(r1);
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r1.id, r1.id, undefined]);
  expect(types(on(current(r1)))).toEqual([]);
});

test('each confirmation is another time to wait, and one that is late for another revision changes nothing', () => {
  const { keeper, on, tryOut, unconfirmed } = scene();
  tryOut(r2);
  expect(on(current(r2, 5_000))).toContainEqual({ type: 'awaitConfirmation', revision: r2.id, ms: 5_000 });
  expect(types(unconfirmed(r3))).toEqual([]);
  expect(keeper.serving).toEqual(r2.id);
});

test('a time that passes while the workers take it over sends it back as soon as it serves', () => {
  const { on, checked, served, unconfirmed } = scene();
  on({ ...delta(r1, r2), ...CONFIRM });
  checked(r2);
  expect(types(unconfirmed(r2))).toEqual([]);
  const effects = served(r2);
  expect([types(effects), applied(effects)]).toEqual([['ack', 'apply'], [[r1.id, false]]]);
});

test('one that is taken back while it is checked is dropped, and while it is applied the workers get all anew', () => {
  const checking = scene();
  checking.on({ ...delta(r1, r2), ...CONFIRM });
  expect(checking.on(current(r1))).toEqual([{ type: 'ack', revision: r1.id }]);
  expect(checking.checked(r2)).toEqual([]);
  const applying = scene();
  applying.on({ ...delta(r1, r2), ...CONFIRM });
  applying.checked(r2);
  const [effect] = applying.on(current(r1));
  expect(effect).toMatchObject({ type: 'apply', transaction: { complete: true, revision: r1.id } });
  applying.served(r1);
  expect(applying.keeper.serving).toEqual(r1.id);
});

test('promoted while it is applied it is on trial no more when it serves', () => {
  const { keeper, on, checked, served } = scene();
  on({ ...delta(r1, r2), ...CONFIRM });
  checked(r2);
  on(current(r2));
  expect(types(served(r2))).toEqual(['reportPromotion', 'cacheRevision', 'ack']);
  expect([keeper.have, keeper.trial]).toEqual([r2.id, undefined]);
});

test('another revision may follow one on trial: the delta starts at the last good one', () => {
  const { keeper, on, take, tryOut } = scene();
  tryOut(r2);
  expect(types(on(delta(r2, r3)))).toEqual(['askForSnapshot']);
  take(delta(r1, r3), r3);
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r3.id, r3.id, undefined]);
});

test('sent again what is on trial is only acknowledged, and promoted where it comes for good', () => {
  const { keeper, on, tryOut } = scene();
  tryOut(r2);
  expect(types(on({ ...snapshot(r2), ...CONFIRM }))).toEqual(['awaitConfirmation', 'ack']);
  expect(types(on(snapshot(r2)))).toEqual(['reportPromotion', 'cacheRevision', 'ack']);
  expect(keeper.trial).toBeUndefined();
});

test('a worker that refuses it leaves the last good one, which the nack names', () => {
  const { keeper, on, checked } = scene();
  on({ ...delta(r1, r2), ...CONFIRM });
  checked(r2);
  const effects = on({ type: 'refused', revision: r2.id, reasons: [] });
  expect(effects).toContainEqual(expect.objectContaining({ type: 'nack', revision: r2.id, have: r1.id }));
  expect([keeper.serving, keeper.trial]).toEqual([r1.id, undefined]);
});

test('an agent that replaces a dead one does not take what is on trial for good: the cache brings the last good one back', () => {
  const keeper = new Keeper();
  expect(types(keeper.resume(r2, 'stream', true, []))).toEqual(['awaitConfirmation']);
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r2.id, undefined, r2.id]);
  expect(types(keeper.handle({ type: 'unconfirmed', revision: r2.id }))).toEqual(['askForSnapshot']);
  keeper.handle({ type: 'disk', revision: r1 });
  keeper.handle({ type: 'checked', revision: r1.id, reasons: [] });
  keeper.handle({ type: 'served', revision: r1.id });
  expect([keeper.serving, keeper.have, keeper.trial]).toEqual([r1.id, r1.id, undefined]);
});
