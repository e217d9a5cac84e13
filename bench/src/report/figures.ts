/** The figures to reach, and what becomes of them in a run. */

export interface Figure {
  load: string;
  /** Which side of the bounds is good. */
  better: 'less' | 'more';
  must: number;
  /** Undefined: what HAProxy reaches in the same run. */
  aim: number | undefined;
  unit: 'x' | '%' | 'MB';
}

export const FIGURES = {
  documented: less('1 KB keep-alive, CPU over nginx: features on, documented API', 1.6, 1.4),
  adopted: less('the same, adopted handle', 1.4, 1.2),
  overEqual: less('the same, documented API, over nginx doing equal work', 1.15, 1),
  overLua: less('the same, documented API, over nginx+Lua doing equal work', 0.6, 0.45),
  httpProxy: more('the same, http-proxy on the same Node.js over ours', 5, 6),
  openLoopP99: less('p99 over nginx at an open-loop rate of 80 % of our maximum', 2, 1.3),
  rate64k: more('64 KB, requests/s over nginx', 0.9, undefined),
  rate1m: more('1 MB, requests/s over nginx', 1, undefined),
  p99At1m: less('1 MB, p99 over nginx', 1.5, undefined),
  freshConnections: more('connection a request, requests/s over nginx', 0.45, 0.6),
  manyRoutes: less('10,000 routes against 10, CPU more', 5, 2, '%'),
  changes: less('configuration changes during load, p99 over quiet', 1.3, 1.1),
  idle: less('10,000 idle keep-alive connections, memory over the empty process', 80, 50, 'MB'),
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

export interface Measured {
  value: number;
  /** HAProxy's in the same run, where it is the aim. */
  aim?: number;
}

export type MeasuredFigures = Partial<Record<FigureName, Measured>>;

export type Verdict = 'aim reached' | 'must reached' | 'MISSED' | 'not measured';

export function judge({ better, must, aim }: Figure, measured: Measured | undefined): Verdict {
  if (measured === undefined) return 'not measured';
  const reaches = (bound: number | undefined): boolean =>
    bound !== undefined && (better === 'less' ? measured.value <= bound : measured.value >= bound);
  if (!reaches(must)) return 'MISSED';
  return reaches(measured.aim ?? aim) ? 'aim reached' : 'must reached';
}

function less(load: string, must: number, aim: number | undefined, unit: Figure['unit'] = 'x'): Figure {
  return { load, better: 'less', must, aim, unit };
}

function more(load: string, must: number, aim: number | undefined): Figure {
  return { load, better: 'more', must, aim, unit: 'x' };
}
