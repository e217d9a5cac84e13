/** What a load run sends: rate, mix and limits, all in one plain object that can cross a process boundary. */

export interface LoadPlan {
  /** `http://HOST:PORT`, HOST an IP address. */
  target: string;
  /** Host header; absent: the target's own address. */
  host?: string;
  /** Path without query; the backend behind it must be one of `e2e/backends`. */
  path: string;
  /** Requests a second, 1..5000. Arrivals never wait for earlier answers. */
  rate: number;
  /** How many kept connections are held; each is used at least once a second, so at most `rate / 2`. */
  keptConnections: number;
  /** One request in this many is a POST with a body; 0: none. */
  postEvery: number;
  postBytes: number;
  /** One request in this many takes `slowMs` at the backend; 0: none. */
  slowEvery: number;
  slowMs: number;
  /** From the begin of a request to its complete answer. */
  timeoutMs: number;
}

export const DEFAULT_PLAN: Omit<LoadPlan, 'target' | 'keptConnections'> = {
  path: '/',
  rate: 200,
  postEvery: 10,
  postBytes: 2_048,
  slowEvery: 50,
  slowMs: 3_000,
  timeoutMs: 10_000,
};

/** Fills in defaults; throws a RangeError that names the field, its bounds and what was given. */
export function loadPlan(given: Partial<LoadPlan> & { target: string }): LoadPlan {
  const rate = given.rate ?? DEFAULT_PLAN.rate;
  const plan = { ...DEFAULT_PLAN, keptConnections: Math.max(1, Math.floor(rate / 4)), ...given, rate };
  within('rate', plan.rate, 1, 5_000);
  within('keptConnections', plan.keptConnections, 0, Math.max(1, rate / 2));
  within('postEvery', plan.postEvery, 0, 1_000_000);
  within('postBytes', plan.postBytes, 0, 1_000_000);
  within('slowEvery', plan.slowEvery, 0, 1_000_000);
  within('slowMs', plan.slowMs, 0, plan.timeoutMs);
  within('timeoutMs', plan.timeoutMs, 1, 600_000);
  if (!/^http:\/\/[^/]+:\d+$/.test(plan.target)) {
    throw new RangeError(`target: expected http://HOST:PORT, found ${JSON.stringify(plan.target)}`);
  }
  return plan;
}

function within(field: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new RangeError(`${field}: expected ${least}..${most}, found ${value}`);
}
