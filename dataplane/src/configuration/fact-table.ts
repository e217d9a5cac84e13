/** The facts that an instance knows: immutable tables, the latest of each fact wins. */
import type { Fact, FactKey } from '@holdfast/protocol/facts/facts.ts';

export type FactTable = ReadonlyMap<FactKey, Fact>;

export interface FactChange {
  puts: [FactKey, json: string][];
  deletes: FactKey[];
}

export function factKey(fact: Fact): FactKey {
  return `${fact.kind}/${fact.name}`;
}

export function factTable(facts: Iterable<Fact>): FactTable {
  return new Map(Array.from(facts, (fact) => [factKey(fact), fact]));
}

/** The table with `facts` in it; without all others when `complete`. The same table where nothing changes. */
export function mergeFacts(table: FactTable, facts: readonly Fact[], complete: boolean): FactTable {
  const named = factTable(facts);
  const changed = [...named].some(([key, fact]) => table.get(key)?.version !== fact.version);
  const removed = complete && [...table.keys()].some((key) => !named.has(key));
  if (!changed && !removed) return table;
  return complete ? named : new Map([...table, ...named]);
}

export function diffFacts(from: FactTable, to: FactTable): FactChange {
  const changed = [...to].filter(([key, fact]) => from.get(key)?.version !== fact.version);
  return {
    puts: changed.map(([key, fact]) => [key, JSON.stringify(fact)]),
    deletes: [...from.keys()].filter((key) => !to.has(key)),
  };
}
