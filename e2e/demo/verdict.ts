/** The demo's account: what was lost, apart from what was in flight on an instance at the moment of its kill -9. */
import type { Failure, LoadReport } from '../load/ledger.ts';
import type { Kill } from './world.ts';

export interface Verdict {
  /** Not to be excused by a kill. */
  lost: number;
  lostFailures: Failure[];
  /** In flight on an instance when it was killed. */
  killed: Failure[];
}

/** Workers end a moment after their supervisor; a request that reached one of them in that moment was in flight there. */
const SLACK_MS = 500;

export function verdict({ failed, failures }: LoadReport, kills: Kill[]): Verdict {
  const killed = failures.filter((failure) => kills.some((kill) => wasInFlight(failure, kill)));
  const lostFailures = failures.filter((failure) => !killed.includes(failure));
  return { lost: failed - killed.length, lostFailures, killed };
}

function wasInFlight({ servedBy, dueAt, elapsedMs }: Failure, { server, at }: Kill): boolean {
  return servedBy === server && dueAt <= at + SLACK_MS && dueAt + elapsedMs >= at - SLACK_MS;
}
