/** The demo's account: what was lost, apart from what was in flight on an instance at the moment of its kill -9. */
import { explains, type Kill } from '../harness/kill.ts';
import type { Failure, LoadReport } from '../load/ledger.ts';

export interface Verdict {
  /** Not to be excused by a kill. */
  lost: number;
  lostFailures: Failure[];
  /** In flight on an instance when it was killed. */
  killed: Failure[];
}

export function verdict(
  { failed, failures }: Pick<LoadReport, 'failed' | 'failures'>,
  kills: Kill[],
): Verdict {
  const killed = failures.filter((failure) => kills.some((kill) => explains(kill, failure)));
  const lostFailures = failures.filter((failure) => !killed.includes(failure));
  return { lost: failed - killed.length, lostFailures, killed };
}
