/** The n-th request of a run: when it is due and what kind it is, fixed by its number alone. */
import type { LoadPlan } from './plan.ts';

export type ConnectionKind = 'kept' | 'fresh';

export interface Arrival {
  number: number;
  /** Milliseconds after the start of the run. */
  dueMs: number;
  connection: ConnectionKind;
  method: 'GET' | 'POST';
  slow: boolean;
}

/** Kept and fresh alternate; the other properties go by pairs, so that both kinds get every share. */
export function arrival(plan: LoadPlan, number: number): Arrival {
  const pair = Math.floor(number / 2);
  return {
    number,
    dueMs: (number * 1_000) / plan.rate,
    connection: number % 2 === 0 && plan.keptConnections > 0 ? 'kept' : 'fresh',
    method: isNth(pair, plan.postEvery) ? 'POST' : 'GET',
    slow: isNth(pair + 1, plan.slowEvery),
  };
}

function isNth(number: number, every: number): boolean {
  return every > 0 && number % every === 0;
}
