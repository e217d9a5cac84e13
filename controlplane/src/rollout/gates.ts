/** The gate that compares answers: the share of 5xx with the candidate against that of the rest of the fleet in the same window. */

export interface Gates {
  /** Percentage points above the rest. */
  absolutePercent: number;
  /** Of the share of the rest. Both must be exceeded. */
  relativePercent: number;
  /** With the candidate; fewer are too little traffic to judge by. */
  minRequests: number;
  littleTraffic: 'Proceed' | 'Hold';
}

/** Of one window. */
export interface Figures {
  requests: number;
  /** Answered 5xx. */
  failed: number;
  crashes: number;
}

export type Verdict = 'good' | 'bad' | 'little';

export const NO_FIGURES: Figures = { requests: 0, failed: 0, crashes: 0 };

export function judgeErrors(trial: Figures, rest: Figures, gates: Gates): Verdict {
  if (trial.requests < gates.minRequests) return 'little';
  const [share, usual] = [percent(trial), percent(rest)];
  const isWorse = share - usual > gates.absolutePercent && share > (usual * gates.relativePercent) / 100;
  return isWorse ? 'bad' : 'good';
}

/** As people read it: both shares with what they are shares of. */
export function describeFigures(trial: Figures, rest: Figures, windowMs: number): string {
  const seconds = Math.round(windowMs / 1_000);
  return `${describe(trial)} with it, ${describe(rest)} without, within ${seconds} s`;
}

function describe(figures: Figures): string {
  return `${percent(figures).toFixed(1)}% of ${figures.requests} requests answered 5xx`;
}

function percent({ requests, failed }: Figures): number {
  return requests === 0 ? 0 : (failed / requests) * 100;
}
