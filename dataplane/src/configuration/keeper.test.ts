import type { Fact } from '@holdfast/protocol/facts/facts.ts';
import type { Revision } from '@holdfast/protocol/revision/revision.ts';
import type { Facts, Reason } from '@holdfast/protocol/stream/messages.ts';
import { MAX_REASONS } from '@holdfast/protocol/stream/reasons.ts';
import { delta, endpointsFact, revision, snapshot } from './fixtures/revisions.ts';
import { Keeper, type KeeperEffect, type KeeperInput } from './keeper.ts';

const BROKEN: Reason = {
  code: 'InvalidConfiguration',
  message: 'expected a name',
  pointer: '/route/r2/name',
};

/** A keeper with what it wanted done, in order, and short ways to say what happened. */
function scene() {
  const keeper = new Keeper();
  const effects: KeeperEffect[] = [];
  const on = (input: KeeperInput) => {
    const wanted = keeper.handle(input);
    effects.push(...wanted);
    return wanted;
  };
  const checked = ({ id }: Revision, ...reasons: Reason[]) => on({ type: 'checked', revision: id, reasons });
  const served = ({ id }: Revision) => on({ type: 'served', revision: id });
  const refused = ({ id }: Revision, ...reasons: Reason[]) => on({ type: 'refused', revision: id, reasons });
  const serve = (what: Revision) => {
    on(snapshot(what));
    checked(what);
    served(what);
    effects.length = 0;
  };
  return { keeper, effects, on, checked, served, refused, serve };
}

function types(effects: KeeperEffect[]): string[] {
  return effects.map(({ type }) => type);
}

function pick<T extends KeeperEffect['type']>(effects: KeeperEffect[], type: T) {
  return effects.filter((effect): effect is Extract<KeeperEffect, { type: T }> => effect.type === type);
}

function facts(complete: boolean, ...list: Facts['facts']): Facts {
  return { type: 'facts', complete, facts: list };
}

/** Disk and bootstrap are read side by side, so either may come first. */
function orders<T>(one: T, other: T): T[][] {
  return [
    [one, other],
    [other, one],
  ];
}

const r1 = revision(1);
const r2 = revision(2);
const r3 = revision(3);

describe('the way of a revision', () => {
  test('one from the stream is checked, applied, and when all workers serve it cached and then acknowledged', () => {
    const { keeper, on, checked, served } = scene();
    expect(types(on(snapshot(r1)))).toEqual(['check']);
    expect(types(checked(r1))).toEqual(['apply']);
    expect(keeper.applying).toEqual(r1.id);
    expect(keeper.serving).toBeUndefined();
    expect(served(r1)).toEqual([
      { type: 'cacheRevision', revision: r1 },
      { type: 'ack', revision: r1.id },
    ]);
    expect(keeper.serving).toEqual(r1.id);
  });

  test('one from the disk is neither cached again nor acknowledged', () => {
    const { keeper, on, checked, served } = scene();
    expect(types(on({ type: 'disk', revision: r1 }))).toEqual(['check']);
    expect(pick(checked(r1), 'apply')[0]?.transaction.origin).toBe('disk');
    expect(served(r1)).toEqual([]);
    expect(keeper.serving).toEqual(r1.id);
  });

  test('the first transaction is complete, a later one holds only what changed', () => {
    const { on, checked, serve } = scene();
    on(snapshot(r1));
    const first = pick(checked(r1), 'apply')[0]!.transaction;
    expect(first).toMatchObject({ complete: true, revision: r1.id });
    expect(first.putResources.map(([key]) => key).sort()).toEqual(['backend/orders', 'route/r1']);
    serve(r1);
    on(snapshot(r2));
    const second = pick(checked(r2), 'apply')[0]!.transaction;
    expect(second).toMatchObject({ complete: false, deleteResources: ['route/r1'] });
    expect(second.putResources.map(([key]) => key)).toEqual(['route/r2']);
  });

  test('while a disk revision is on its way a hello already says that the instance has it', () => {
    const { keeper, on } = scene();
    on({ type: 'disk', revision: r1 });
    expect(keeper.serving).toBeUndefined();
    expect(keeper.have).toEqual(r1.id);
  });

  test('while a stream revision is on its way a hello says only what serves', () => {
    const { keeper, on } = scene();
    on(snapshot(r1));
    expect(keeper.have).toBeUndefined();
  });

  test('answers to another revision than the one in work change nothing', () => {
    const { keeper, on, checked, served, refused } = scene();
    on(snapshot(r2));
    expect(checked(r1)).toEqual([]);
    expect(served(r2)).toEqual([]);
    expect(refused(r2)).toEqual([]);
    checked(r2);
    expect(served(r1)).toEqual([]);
    expect(keeper.applying).toEqual(r2.id);
  });
});

describe('stream and disk', () => {
  test('a disk revision that is read after one of the stream was taken up is not used', () => {
    const { keeper, on, checked, served } = scene();
    on(snapshot(r2));
    expect(on({ type: 'disk', revision: r1 })).toEqual([]);
    checked(r2);
    expect(types(served(r2))).toEqual(['cacheRevision', 'ack']);
    expect(keeper.serving).toEqual(r2.id);
  });

  test('I1: where the first of the stream is refused, the one of the disk is taken', () => {
    const { on, checked } = scene();
    on(snapshot(r2));
    on({ type: 'disk', revision: r1 });
    expect(types(checked(r2, BROKEN))).toEqual(['reportRefusal', 'nack', 'check']);
    expect(types(checked(r1))).toEqual(['apply']);
  });

  test('I1: where the workers refuse the first of the stream, the one of the disk is taken', () => {
    const { on, checked, refused } = scene();
    on(snapshot(r2));
    on({ type: 'disk', revision: r1 });
    checked(r2);
    const effects = refused(r2, BROKEN);
    expect(types(effects)).toEqual(['apply', 'nack', 'check']);
    expect(pick(effects, 'apply')[0]!.transaction).toMatchObject({
      revision: null,
      complete: true,
      putResources: [],
    });
  });

  test('a disk revision that is refused asks the stream for a snapshot, for the hello has claimed it', () => {
    const { on, checked } = scene();
    on({ type: 'disk', revision: r1 });
    expect(types(checked(r1, BROKEN))).toEqual(['reportRefusal', 'askForSnapshot']);
  });

  test('a message that came while the disk revision was on its way is taken up after it', () => {
    const { on, checked, served } = scene();
    on({ type: 'disk', revision: r1 });
    expect(on(delta(r1, r2))).toEqual([]);
    checked(r1);
    expect(pick(served(r1), 'check')[0]?.revision.id).toEqual(r2.id);
  });
});

describe('bootstrap', () => {
  test('I1: its revision serves, is cached with its facts, and a hello says at once that the instance has it', () => {
    const { keeper, on, checked, served } = scene();
    const fact = endpointsFact('orders:8080', '1');
    expect(types(on({ type: 'bootstrap', revision: r1, facts: [fact] }))).toEqual(['check', 'apply']);
    expect(keeper.have).toEqual(r1.id);
    expect(pick(checked(r1), 'apply')[0]?.transaction.origin).toBe('bootstrap');
    expect(served(r1)).toEqual([
      { type: 'cacheRevision', revision: r1 },
      { type: 'cacheFacts', facts: new Map([['endpoints/orders:8080', fact]]) },
    ]);
  });

  test.each([
    ['disk', 'bootstrap'],
    ['bootstrap', 'disk'],
  ] as const)('of one lineage the newer serves in the end: old in %s, new in %s', (older, newer) => {
    for (const order of orders(older, newer)) {
      const { keeper, on, checked, served } = scene();
      for (const type of order) on({ type, revision: type === newer ? r2 : r1 });
      for (const each of [r1, r2, r1]) {
        checked(each);
        served(each);
      }
      expect(keeper.serving).toEqual(r2.id);
    }
  });

  test('of another lineage it does not replace what this instance itself took from a control plane', () => {
    for (const order of orders('disk' as const, 'bootstrap' as const)) {
      const { keeper, on, checked, served } = scene();
      const foreign = revision(9, ['x'], 'OTHER');
      for (const type of order) on({ type, revision: type === 'disk' ? r1 : foreign });
      for (const each of [foreign, r1, foreign]) {
        checked(each);
        served(each);
      }
      expect(keeper.serving).toEqual(r1.id);
    }
  });

  test('what the stream brought is never replaced, neither by a newer nor by an older one', () => {
    const { keeper, on, serve } = scene();
    serve(r2);
    expect(on({ type: 'bootstrap', revision: r3 })).toEqual([]);
    expect(on({ type: 'bootstrap', revision: r1 })).toEqual([]);
    expect(keeper.serving).toEqual(r2.id);
  });

  test('a new lineage of the stream replaces it, however low its sequence, and an older sequence of its own does not', () => {
    const { keeper, on, checked, served } = scene();
    on({ type: 'bootstrap', revision: r2 });
    checked(r2);
    served(r2);
    expect(pick(on(snapshot(r1)), 'nack')[0]?.reasons[0]?.code).toBe('SequenceRegression');
    const other = revision(1, ['a'], 'NEW');
    on(snapshot(other));
    checked(other);
    served(other);
    expect(keeper.serving).toEqual(other.id);
  });

  test('where it is refused the disk serves, and where the disk is refused it does', () => {
    for (const [bad, good] of [
      ['bootstrap', 'disk'],
      ['disk', 'bootstrap'],
    ] as const) {
      const { keeper, on, checked, served } = scene();
      on({ type: bad, revision: r2 });
      on({ type: good, revision: r1 });
      expect(types(checked(r2, BROKEN))).toEqual(['reportRefusal', 'askForSnapshot', 'check']);
      checked(r1);
      served(r1);
      expect(keeper.serving).toEqual(r1.id);
    }
  });

  test('the same content is not worked on again once it was refused', () => {
    const { on, checked } = scene();
    on({ type: 'disk', revision: r1 });
    on({ type: 'bootstrap', revision: r1 });
    expect(types(checked(r1, BROKEN))).toEqual(['reportRefusal', 'askForSnapshot']);
  });

  test('its facts give way to those of the stream, and to those of a disk whose revision is no older', () => {
    const disk = [endpointsFact('a:1', 'disk')];
    const bootstrap = [endpointsFact('a:1', 'bootstrap'), endpointsFact('b:1', 'bootstrap')];
    for (const [onDisk, expected] of [
      [r2, 'disk'],
      [r1, 'bootstrap'],
    ] as const) {
      for (const inputs of orders<KeeperInput>(
        { type: 'bootstrap', revision: r2, facts: bootstrap },
        { type: 'disk', revision: onDisk, facts: disk },
      )) {
        const { keeper, effects, on, checked, served } = scene();
        for (const input of inputs) on(input);
        for (const each of [onDisk, r2]) {
          checked(each);
          served(each);
        }
        const puts = pick(effects, 'apply').flatMap(({ transaction }) => transaction.putFacts);
        expect(keeper.serving).toEqual(r2.id);
        expect(puts.findLast(([key]) => key === 'endpoints/a:1')![1]).toContain(`"version":"${expected}"`);
        expect(puts.findLast(([key]) => key === 'endpoints/b:1')![1]).toContain('"version":"bootstrap"');
      }
    }
    const { on } = scene();
    on(facts(true, endpointsFact('a:1', 'stream')));
    expect(on({ type: 'bootstrap', facts: bootstrap })).toEqual([]);
  });
});

describe('sequences and lineages', () => {
  test('within a lineage a lower sequence is refused, and the nack says what serves', () => {
    const { on, serve } = scene();
    serve(r2);
    expect(on(snapshot(r1))).toEqual([
      {
        type: 'nack',
        revision: r1.id,
        have: r2.id,
        reasons: [expect.objectContaining({ code: 'SequenceRegression' })],
      },
    ]);
  });

  test('the revision that serves, sent again, is acknowledged without work', () => {
    const { on, serve } = scene();
    serve(r1);
    expect(on(snapshot(r1))).toEqual([{ type: 'ack', revision: r1.id }]);
    expect(on(delta(revision(0), r1))).toEqual([{ type: 'ack', revision: r1.id }]);
  });

  test('the same sequence with another hash is taken: it is the projection to another schema level', () => {
    const { on, serve } = scene();
    serve(r1);
    expect(types(on(snapshot(revision(1, ['other']))))).toEqual(['check']);
  });

  test('a new lineage of the stream is taken, however low its sequence', () => {
    const { on, serve } = scene();
    serve(r3);
    expect(types(on(snapshot(revision(1, ['a'], 'NEW'))))).toEqual(['check']);
  });

  test('current changes nothing where it names what serves or is on its way', () => {
    const { on, serve } = scene();
    serve(r1);
    expect(on({ type: 'current', revision: r1.id })).toEqual([]);
    on(snapshot(r2));
    expect(on({ type: 'current', revision: r2.id })).toEqual([]);
  });

  test('current that names anything else asks for a snapshot', () => {
    const { on, serve } = scene();
    serve(r1);
    expect(types(on({ type: 'current', revision: r2.id }))).toEqual(['askForSnapshot']);
  });
});

describe('deltas', () => {
  test('one from what serves is applied', () => {
    const { on, serve } = scene();
    serve(r1);
    expect(pick(on(delta(r1, r2)), 'check')[0]?.revision).toEqual(r2);
  });

  test.each([
    ['one from another revision', delta(r2, r3)],
    ['one that does not give the hash it names', { ...delta(r1, r2), upserts: [] }],
  ])('%s asks for a snapshot', (_title, message) => {
    const { on, serve } = scene();
    serve(r1);
    expect(types(on(message))).toEqual(['askForSnapshot']);
  });

  test('one with nothing to apply it to asks for a snapshot', () => {
    expect(types(scene().on(delta(r1, r2)))).toEqual(['askForSnapshot']);
  });

  test('a snapshot is asked for once, until it comes or the stream is another', () => {
    const { on } = scene();
    on(delta(r1, r2));
    expect(on(delta(r1, r2))).toEqual([]);
    on({ type: 'connected' });
    expect(types(on(delta(r1, r2)))).toEqual(['askForSnapshot']);
    on({ ...snapshot(r1), resources: [] });
    expect(types(on(delta(r1, r2)))).toEqual(['askForSnapshot']);
  });
});

describe('refusals', () => {
  test.each([
    ['whose hash does not verify', { ...snapshot(r2), resources: [] }],
    [
      'that nobody could have hashed',
      { ...snapshot(r2), resources: [['route/a', { name: '\ud800' }]] } as ReturnType<typeof snapshot>,
    ],
  ])('I3: a snapshot %s is refused and not asked for again', (_title, message) => {
    const { on, serve } = scene();
    serve(r1);
    const effects = on(message);
    expect(types(effects)).toEqual(['reportRefusal', 'nack']);
    expect(pick(effects, 'nack')[0]).toMatchObject({ have: r1.id, reasons: [{ code: 'HashMismatch' }] });
  });

  test('a damaged snapshot does not speak against the same revision undamaged', () => {
    const { on } = scene();
    on({ ...snapshot(r2), resources: [] });
    expect(types(on(snapshot(r2)))).toEqual(['check']);
  });

  test('I3: a revision that does not pass the check is refused whole, and the last good one goes on', () => {
    const { keeper, on, checked, serve } = scene();
    serve(r1);
    on(snapshot(r2));
    expect(checked(r2, BROKEN)).toEqual([
      { type: 'reportRefusal', revision: r2.id, origin: 'stream', reasons: [BROKEN] },
      { type: 'nack', revision: r2.id, have: r1.id, reasons: [BROKEN] },
    ]);
    expect(keeper.serving).toEqual(r1.id);
  });

  test('I3: what the workers refuse is taken back whole', () => {
    const { keeper, on, checked, refused, serve } = scene();
    serve(r1);
    on(snapshot(r2));
    checked(r2);
    const effects = refused(r2);
    expect(types(effects)).toEqual(['apply', 'nack']);
    const { transaction } = pick(effects, 'apply')[0]!;
    expect(transaction).toMatchObject({ revision: r1.id, complete: true });
    expect(transaction.putResources.map(([key]) => key).sort()).toEqual(['backend/orders', 'route/r1']);
    expect(pick(effects, 'nack')[0]?.reasons).toMatchObject([{ code: 'WorkerRefused' }]);
    expect(keeper.serving).toEqual(r1.id);
  });

  test('the same content is refused again without work, as long as the stream lasts', () => {
    const { on, checked, serve } = scene();
    serve(r1);
    on(snapshot(r2));
    checked(r2, BROKEN);
    const again = { ...r2, id: { ...r2.id, sequence: 9 } };
    expect(on(snapshot(again))).toEqual([
      { type: 'nack', revision: again.id, have: r1.id, reasons: [BROKEN] },
    ]);
    expect(types(on(delta(r3, again)))).toEqual(['nack']);
    on({ type: 'connected' });
    expect(types(on(snapshot(r2)))).toEqual(['check']);
  });

  test('a nack carries at most 16 reasons', () => {
    const { on, checked } = scene();
    on(snapshot(r1));
    const effects = checked(r1, ...Array.from({ length: 100 }, () => BROKEN));
    expect(pick(effects, 'nack')[0]?.reasons).toHaveLength(MAX_REASONS);
  });

  test('a revision that the workers leave unanswered is taken back', () => {
    const { on, checked, serve } = scene();
    serve(r1);
    on(snapshot(r2));
    checked(r2);
    const effects = on({ type: 'overdue', revision: r2.id });
    expect(types(effects)).toEqual(['apply', 'nack']);
    expect(pick(effects, 'nack')[0]?.reasons).toMatchObject([{ code: 'ApplyTimeout' }]);
  });

  test('I1: left unanswered with nothing to go back to it stays, until there is something newer to try', () => {
    const { keeper, on, checked } = scene();
    on(snapshot(r1));
    checked(r1);
    expect(on({ type: 'overdue', revision: r1.id })).toEqual([]);
    expect(keeper.applying).toEqual(r1.id);
    on(snapshot(r2));
    expect(types(on({ type: 'overdue', revision: r1.id }))).toEqual(['apply', 'nack', 'check']);
  });
});

describe('messages that come while one is in work', () => {
  test('wait, and only the newest is taken up', () => {
    const { on, checked, served } = scene();
    on(snapshot(r1));
    expect(on(snapshot(r2))).toEqual([]);
    expect(on(snapshot(r3))).toEqual([]);
    checked(r1);
    const effects = served(r1);
    expect(types(effects)).toEqual(['cacheRevision', 'ack', 'check']);
    expect(pick(effects, 'check')[0]?.revision.id).toEqual(r3.id);
  });

  test('a delta that lost its base to a refusal asks for a snapshot', () => {
    const { on, checked } = scene();
    on(snapshot(r1));
    on(delta(r1, r2));
    expect(types(checked(r1, BROKEN))).toEqual(['reportRefusal', 'nack', 'askForSnapshot']);
  });
});

describe('facts', () => {
  const zone: Fact = { kind: 'zone', name: 'own', version: 'a', value: { zone: 'a' } };
  const addresses: Fact = {
    kind: 'addresses',
    name: 'a.example:80',
    version: '1',
    value: { endpoints: [] },
  };

  test('what the instance found out by itself stays when the stream names all facts that it knows', () => {
    const { on, serve } = scene();
    serve(r1);
    on({ type: 'observed', facts: [zone, addresses], gone: [] });
    const { transaction } = pick(on(facts(true, endpointsFact('a:1', '1'))), 'apply')[0]!;
    expect(transaction).toMatchObject({ deleteFacts: [], putFacts: [['endpoints/a:1', expect.anything()]] });
  });

  test('what is no longer asked for goes, once', () => {
    const { on, serve, keeper } = scene();
    serve(r1);
    on({ type: 'observed', facts: [zone, addresses], gone: [] });
    const gone = on({ type: 'observed', facts: [], gone: ['addresses/a.example:80'] });
    expect(pick(gone, 'apply')[0]!.transaction.deleteFacts).toEqual(['addresses/a.example:80']);
    expect([...keeper.good.facts.keys()]).toEqual(['zone/own']);
    expect(on({ type: 'observed', facts: [], gone: ['addresses/a.example:80'] })).toEqual([]);
  });

  const a1 = endpointsFact('a:1', '1');
  const a2 = endpointsFact('a:1', '2');
  const b1 = endpointsFact('b:1', '1');

  test('are applied and cached without any revision too', () => {
    const effects = scene().on(facts(true, a1));
    expect(types(effects)).toEqual(['cacheFacts', 'apply']);
    const { transaction } = pick(effects, 'apply')[0]!;
    expect(transaction).toMatchObject({
      revision: null,
      complete: false,
      putResources: [],
      putFacts: [['endpoints/a:1', JSON.stringify(a1)]],
    });
  });

  test('the latest wins, and what did not change goes nowhere', () => {
    const { on } = scene();
    on(facts(true, a1, b1));
    expect(on(facts(false, b1))).toEqual([]);
    const { transaction } = pick(on(facts(false, a2)), 'apply')[0]!;
    expect(transaction.putFacts).toEqual([['endpoints/a:1', JSON.stringify(a2)]]);
    expect(transaction.deleteFacts).toEqual([]);
  });

  test('complete ones remove those that they do not name', () => {
    const { on } = scene();
    on(facts(true, a1, b1));
    const { transaction } = pick(on(facts(true, b1)), 'apply')[0]!;
    expect(transaction).toMatchObject({ putFacts: [], deleteFacts: ['endpoints/a:1'] });
  });

  test('of the disk fill the gaps until the stream has sent complete ones', () => {
    const { on } = scene();
    on(facts(false, a2));
    const effects = on({ type: 'disk', facts: [a1, b1] });
    expect(pick(effects, 'apply')[0]!.transaction.putFacts).toEqual([['endpoints/b:1', JSON.stringify(b1)]]);
    const later = scene();
    later.on(facts(true, a2));
    expect(later.on({ type: 'disk', facts: [a1, b1] })).toEqual([]);
  });

  test('that come while a revision is on its way to the workers follow it', () => {
    const { on, checked, served } = scene();
    on(snapshot(r1));
    checked(r1);
    expect(types(on(facts(true, a1)))).toEqual(['cacheFacts']);
    const effects = served(r1);
    expect(types(effects)).toEqual(['cacheRevision', 'ack', 'apply']);
    expect(pick(effects, 'apply')[0]!.transaction).toMatchObject({ revision: r1.id, complete: false });
  });

  test('go along where a revision is taken back', () => {
    const { on, checked, refused, serve } = scene();
    serve(r1);
    on(snapshot(r2));
    checked(r2);
    on(facts(true, a1));
    const effects = refused(r2);
    expect(types(effects)).toEqual(['apply', 'nack']);
    expect(pick(effects, 'apply')[0]!.transaction.putFacts).toHaveLength(1);
  });
});

describe('an agent that replaces a dead one', () => {
  test('goes on from what serves, and caches it in case its predecessor did not come to it', () => {
    const keeper = new Keeper();
    expect(keeper.resume(r1, 'stream', false, [])).toEqual([{ type: 'cacheRevision', revision: r1 }]);
    expect(keeper.have).toEqual(r1.id);
    expect(types(keeper.handle(delta(r1, r2)))).toEqual(['check']);
  });

  test('sends the workers nothing that they have', () => {
    const keeper = new Keeper();
    const known = endpointsFact('a:1', '1');
    keeper.resume(r1, 'disk', false, [known]);
    expect(keeper.handle(facts(true, known))).toEqual([]);
  });
});
