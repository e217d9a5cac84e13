import type { ResourceKey } from '@holdfast/protocol/configuration/types.ts';
import type { FactKey } from '@holdfast/protocol/facts/facts.ts';
import fc from 'fast-check';
import type { Transaction } from './agent-messages.ts';
import { ConfigurationMirror } from './configuration-mirror.ts';

const resourceKey = fc.constantFrom<ResourceKey>('route/a', 'route/b', 'route/c', 'backend/a');
const factKey = fc.constantFrom<FactKey>('endpoints/a', 'endpoints/b');
const text = fc.constantFrom('1', '2', '3');

const transaction: fc.Arbitrary<Transaction> = fc.record({
  revision: fc
    .integer({ min: 1, max: 1_000 })
    .map((sequence) => ({ lineage: 'l', sequence, hash: `sha256:${sequence}` })),
  origin: fc.constant('stream' as const),
  trial: fc.boolean(),
  complete: fc.boolean(),
  putResources: fc.array(fc.tuple(resourceKey, text)),
  deleteResources: fc.array(resourceKey),
  putFacts: fc.array(fc.tuple(factKey, text)),
  deleteFacts: fc.array(factKey),
});
const transactions = fc.array(transaction, { minLength: 1, maxLength: 6 });

test('after any changes the way back leads to exactly the last good revision', () => {
  const property = fc.property(transactions, transactions, (good, refused) => {
    const mirror = new ConfigurationMirror();
    for (const change of good) mirror.apply(change);
    mirror.confirm();
    const resources = new Map(mirror.resources);
    const { current } = mirror;
    for (const change of refused) mirror.apply(change);
    mirror.revert();
    expect(mirror.resources).toEqual(resources);
    expect(mirror.current).toEqual(current);
  });
  fc.assert(property);
});

test('the changes name every key whose text is another', () => {
  const property = fc.property(transactions, transaction, (before, change) => {
    const mirror = new ConfigurationMirror();
    for (const one of before) mirror.apply(one);
    const resources = new Map(mirror.resources);
    const changed = new Set(mirror.apply(change).resources);
    for (const key of new Set([...resources.keys(), ...mirror.resources.keys()])) {
      if (resources.get(key) !== mirror.resources.get(key)) expect(changed).toContain(key);
    }
  });
  fc.assert(property);
});

test('on the way back facts keep their newest text, and one that went comes back', () => {
  const mirror = new ConfigurationMirror();
  const revision = { lineage: 'l', sequence: 1, hash: 'sha256:1' };
  const base = {
    revision,
    origin: 'stream' as const,
    trial: false,
    complete: false,
    putResources: [],
    deleteResources: [],
    deleteFacts: [],
  };
  mirror.apply({
    ...base,
    putFacts: [
      ['endpoints/a', 'old'],
      ['endpoints/b', 'old'],
    ],
  });
  mirror.confirm();
  mirror.apply({ ...base, putFacts: [['endpoints/a', 'new']], deleteFacts: ['endpoints/b'] });
  expect(mirror.revert().facts).toEqual(['endpoints/b']);
  expect([...mirror.facts]).toEqual([
    ['endpoints/a', 'new'],
    ['endpoints/b', 'old'],
  ]);
});
