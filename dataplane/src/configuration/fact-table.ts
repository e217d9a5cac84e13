/** The facts that an instance knows: immutable tables, the latest of each fact wins. */
import { type Fact, type FactKey, STREAM_FACT_KINDS } from '@holdfast/protocol/facts/facts.ts';

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

/**
 * The table with `facts` in it; when `complete`, without all others that the stream could tell of. The same table where
 * nothing changes.
 */
export function mergeFacts(table: FactTable, facts: readonly Fact[], complete: boolean): FactTable {
  const named = factTable(facts);
  const changed = [...named].some(([key, fact]) => table.get(key)?.version !== fact.version);
  const gone = complete ? [...table].filter(([key, fact]) => isOfStream(fact) && !named.has(key)) : [];
  if (!changed && gone.length === 0) return table;
  const merged = new Map([...table, ...named]);
  for (const [key] of gone) merged.delete(key);
  return merged;
}

/** The table without these. The same table where it has none of them. */
export function withoutFacts(table: FactTable, keys: readonly FactKey[]): FactTable {
  if (!keys.some((key) => table.has(key))) return table;
  const rest = new Map(table);
  for (const key of keys) rest.delete(key);
  return rest;
}

function isOfStream({ kind }: Fact): boolean {
  return STREAM_FACT_KINDS.has(kind);
}

export function diffFacts(from: FactTable, to: FactTable): FactChange {
  const changed = [...to].filter(([key, fact]) => from.get(key)?.version !== fact.version);
  return {
    puts: changed.map(([key, fact]) => [key, JSON.stringify(fact)]),
    deletes: [...from.keys()].filter((key) => !to.has(key)),
  };
}
