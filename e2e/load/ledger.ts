/** Accounts for every request of a run: sent is always ok + failed + in flight. */
import type { Arrival, ConnectionKind } from './arrival.ts';
import type { FailureKind } from './connection.ts';
import { Latencies, type LatencySummary } from './latencies.ts';

export interface Failure {
  kind: FailureKind;
  detail: string;
  /** When it was due, milliseconds since the epoch. */
  dueAt: number;
  /** From due to failed. */
  elapsedMs: number;
  connection: ConnectionKind;
  /** Earlier requests on the same connection. */
  before: number;
  method: string;
  slow: boolean;
  status?: number;
  /** The instance as the load balancer names it, where it says so. */
  servedBy?: string;
  /** The gateway's reason code, where it gives one. */
  reason?: string;
}

export interface LoadTotals {
  sent: number;
  ok: number;
  failed: number;
  inFlight: number;
}

/** One second of a run. */
export interface LoadSecond extends LoadTotals {
  /** Milliseconds since the epoch, at its end. */
  at: number;
  /** Requests sent in this second. */
  rate: number;
  /** Of what ended in this second, slow requests apart. */
  latency: LatencySummary;
  /** Those of this second, as far as the bounded list of the run has room. */
  failures: Failure[];
}

export interface LoadReport extends LoadTotals {
  seconds: number;
  byConnection: Record<ConnectionKind, number>;
  byMethod: Record<string, number>;
  slow: number;
  /** From the due time, slow requests apart; milliseconds. */
  latency: LatencySummary;
  failuresByKind: Partial<Record<FailureKind, number>>;
  /** The first ones, at most 200. */
  failures: Failure[];
  /** Milliseconds since the epoch, of all that failed. */
  lastFailureDueAt?: number;
  keptConnections: { opened: number; endedIdle: number };
  /** How late the generator itself was at worst: above some 100 ms its machine was too busy to trust the latencies. */
  lateMs: number;
}

const MAX_FAILURES = 200;

export class Ledger {
  #sent = 0;
  #ok = 0;
  #failed = 0;
  #slow = 0;
  #lateMs = 0;
  #lastFailureDueAt: number | undefined;
  #sentBefore = 0;
  #failuresBefore = 0;
  readonly #byConnection = { kept: 0, fresh: 0 };
  readonly #byMethod: Record<string, number> = {};
  readonly #byKind: Partial<Record<FailureKind, number>> = {};
  readonly #failures: Failure[] = [];
  readonly #latencies = new Latencies();
  #secondsLatencies = new Latencies();

  sent(arrival: Arrival, lateMs: number): void {
    this.#sent += 1;
    this.#lateMs = Math.max(this.#lateMs, lateMs);
    this.#byConnection[arrival.connection] += 1;
    this.#byMethod[arrival.method] = (this.#byMethod[arrival.method] ?? 0) + 1;
    if (arrival.slow) this.#slow += 1;
  }

  succeeded(arrival: Arrival, elapsedMs: number): void {
    this.#ok += 1;
    this.#measure(arrival, elapsedMs);
  }

  failed(arrival: Arrival, failure: Failure): void {
    this.#failed += 1;
    this.#lastFailureDueAt = Math.max(this.#lastFailureDueAt ?? 0, failure.dueAt);
    this.#byKind[failure.kind] = (this.#byKind[failure.kind] ?? 0) + 1;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(failure);
    this.#measure(arrival, failure.elapsedMs);
  }

  totals(): LoadTotals {
    const inFlight = this.#sent - this.#ok - this.#failed;
    return { sent: this.#sent, ok: this.#ok, failed: this.#failed, inFlight };
  }

  /** The second that ends now. */
  second(at: number): LoadSecond {
    const latency = this.#secondsLatencies.summary();
    const rate = this.#sent - this.#sentBefore;
    this.#secondsLatencies = new Latencies();
    const failures = this.#failures.slice(this.#failuresBefore);
    this.#sentBefore = this.#sent;
    this.#failuresBefore = this.#failures.length;
    return { at, rate, latency, failures, ...this.totals() };
  }

  report(seconds: number, keptConnections: LoadReport['keptConnections']): LoadReport {
    return {
      ...this.totals(),
      seconds,
      byConnection: this.#byConnection,
      byMethod: this.#byMethod,
      slow: this.#slow,
      latency: this.#latencies.summary(),
      failuresByKind: this.#byKind,
      failures: this.#failures,
      ...(this.#lastFailureDueAt === undefined ? {} : { lastFailureDueAt: this.#lastFailureDueAt }),
      keptConnections,
      lateMs: Math.round(this.#lateMs),
    };
  }

  #measure(arrival: Arrival, elapsedMs: number): void {
    if (arrival.slow) return;
    this.#latencies.add(elapsedMs);
    this.#secondsLatencies.add(elapsedMs);
  }
}
