/** A kill -9 of an instance behind HAProxy, and which failed requests it explains: those in flight on that instance. */
import type { Failure } from '../load/ledger.ts';

export interface Kill {
  /** As HAProxy names it: `instance-2`. */
  server: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Workers end a moment after their supervisor; a request that reached one of them in that moment was in flight there. */
const SLACK_MS = 500;

export function explains(kill: Kill, failure: Failure): boolean {
  const { dueAt, elapsedMs } = failure;
  const wasUnderWay = dueAt <= kill.at + SLACK_MS && dueAt + elapsedMs >= kill.at - SLACK_MS;
  return wasUnderWay && (failure.servedBy === kill.server || isSilentEnd(failure, kill));
}

/** On a server connection that had served before, HAProxy passes the end on by closing the client's, without a word. */
function isSilentEnd({ kind, servedBy, dueAt, elapsedMs }: Failure, { at }: Kill): boolean {
  return kind === 'Closed' && servedBy === undefined && dueAt + elapsedMs <= at + 2 * SLACK_MS;
}
