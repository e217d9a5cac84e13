/** Decides when a draining instance may end; pure, over what the workers last said. */

/** No new connection or request for this long: the load balancers have noticed. */
export const QUIET_MS = 2_000;

/** Times in milliseconds of one steady clock. */
export interface DrainView {
  now: number;
  startedAt: number;
  delayMs: number;
  /** Counts from the end of the delay. */
  timeoutMs: number;
  /** Requests and upgraded connections, as of each worker's newest sample. */
  inFlight: number;
  /** When a sample last told of a new connection or request; undefined: none has. */
  lastArrival: number | undefined;
  /** When the worker whose newest sample is the oldest sent it; undefined: one has not sent any, or none serves. */
  sampledAt: number | undefined;
  /** False: no worker has ever listened, so nothing can be in flight or wait. */
  everServed: boolean;
}

export type DrainDecision = 'wait' | 'finished' | 'timed out';

export function decideDrain(view: DrainView): DrainDecision {
  const delayEnd = view.startedAt + view.delayMs;
  if (view.now < delayEnd) return 'wait';
  if (!view.everServed || isQuiet(view)) return 'finished';
  return view.now >= delayEnd + view.timeoutMs ? 'timed out' : 'wait';
}

/** Only what is sampled is known: silence of a worker is no quiet. */
function isQuiet({ inFlight, lastArrival, sampledAt, startedAt, now }: DrainView): boolean {
  if (inFlight > 0 || sampledAt === undefined || now - sampledAt > QUIET_MS) return false;
  return sampledAt - (lastArrival ?? startedAt) >= QUIET_MS;
}
