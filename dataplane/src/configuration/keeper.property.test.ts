import { type Revision, type RevisionId, sameRevision } from '@holdfast/protocol/revision/revision.ts';
import type { Reason } from '@holdfast/protocol/stream/messages.ts';
import fc from 'fast-check';
import { delta, endpointsFact, revision, snapshot } from './fixtures/revisions.ts';
import { Keeper, type KeeperEffect, type KeeperInput } from './keeper.ts';

const BROKEN: Reason = { code: 'InvalidConfiguration', message: 'expected a name' };

type Answer = 'checked' | 'served' | 'refused' | 'overdue' | 'promoted' | 'unconfirmed' | 'goBack';

test('whatever happens: what served once keeps serving, the last good sequence never falls, nothing on trial is cached, and the workers stand where the keeper says', () => {
  const lineages = ['A', 'B'];
  const revisions = lineages.flatMap((lineage) =>
    [1, 2, 3, 4].flatMap((sequence) =>
      ['x', 'y'].map((name) => revision(sequence, [name, `r${sequence}`], lineage)),
    ),
  );
  const any = fc.constantFrom(...revisions);
  const reasons = fc.constantFrom<Reason[]>([], [], [], [BROKEN]);
  const input: fc.Arbitrary<KeeperInput | Answer> = fc.oneof(
    { weight: 3, arbitrary: any.map(snapshot) },
    { weight: 3, arbitrary: fc.tuple(any, any).map(([from, to]) => delta(from, to)) },
    any.map((one) => ({ ...snapshot(one), resources: [] })),
    any.map((one): KeeperInput => ({ type: 'disk', revision: one })),
    any.map((one): KeeperInput => ({ type: 'bootstrap', revision: one })),
    any.map((one): KeeperInput => ({ type: 'current', revision: one.id })),
    { weight: 3, arbitrary: any.map((one): KeeperInput => ({ ...snapshot(one), confirmByMs: 9 })) },
    any.map((one): KeeperInput => ({ type: 'current', revision: one.id, confirmByMs: 9 })),
    any.map((one): KeeperInput => ({ type: 'unconfirmed', revision: one.id })),
    fc.constantFrom('promoted' as const, 'unconfirmed' as const, 'goBack' as const),
    fc.constant<KeeperInput>({ type: 'connected' }),
    fc.tuple(fc.boolean(), fc.constantFrom('1', '2', '3')).map(
      ([complete, version]): KeeperInput => ({
        type: 'facts',
        complete,
        facts: [endpointsFact('a:1', version)],
      }),
    ),
    fc
      .tuple(any, reasons)
      .map(([one, why]): KeeperInput => ({ type: 'checked', revision: one.id, reasons: why })),
    any.map((one): KeeperInput => ({ type: 'served', revision: one.id })),
    any.map((one): KeeperInput => ({ type: 'refused', revision: one.id, reasons: [] })),
    { weight: 8, arbitrary: fc.constantFrom('checked' as const, 'served' as const) },
    fc.constantFrom('refused' as const, 'overdue' as const),
  );

  fc.assert(
    fc.property(fc.array(input, { maxLength: 60, size: 'max' }), (inputs) => {
      const keeper = new Keeper();
      const workers = new Map<string, string>();
      let checking: Revision | undefined;
      let lastGood: RevisionId | undefined;
      for (const step of inputs) {
        const before = keeper.serving;
        const effects = keeper.handle(typeof step === 'string' ? answer(step, keeper, checking) : step);
        for (const effect of effects) {
          if (effect.type === 'check') checking = effect.revision;
          if (effect.type === 'apply') applyTo(workers, effect.transaction);
          if (effect.type === 'cacheRevision') expect(effect.revision.id).not.toEqual(keeper.trial);
        }
        const after = keeper.serving;
        if (before) expect(after).toBeDefined();
        if (after && !keeper.trial) {
          if (lastGood?.lineage === after.lineage)
            expect(after.sequence).toBeGreaterThanOrEqual(lastGood.sequence);
          lastGood = after;
        }
        const stands = keeper.applying ?? keeper.serving;
        if (stands) {
          const { resources } = revisions.find(({ id }) => sameRevision(id, stands))!;
          expect([...workers.keys()].sort()).toEqual([...resources.keys()].sort());
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** The answer that the keeper waits for, where it waits for one. */
function answer(type: Answer, keeper: Keeper, checking: Revision | undefined): KeeperInput {
  if (type === 'checked') return { type, revision: (checking ?? revision(99)).id, reasons: [] };
  const onTrial = keeper.trial ?? revision(99).id;
  if (type === 'promoted') return { type: 'current', revision: onTrial };
  if (type === 'goBack') return { type: 'current', revision: keeper.have ?? onTrial };
  if (type === 'unconfirmed') return { type, revision: onTrial };
  const id = keeper.applying ?? revision(99).id;
  return type === 'refused' ? { type, revision: id, reasons: [BROKEN] } : { type, revision: id };
}

/** As the supervisor's mirror does. */
function applyTo(
  workers: Map<string, string>,
  transaction: Extract<KeeperEffect, { type: 'apply' }>['transaction'],
) {
  if (transaction.complete) workers.clear();
  for (const [key, json] of transaction.putResources) workers.set(key, json);
  for (const key of transaction.deleteResources) workers.delete(key);
}
