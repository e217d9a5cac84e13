/** The open-loop generator: requests leave on the clock, whatever becomes of the earlier ones. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Arrival, arrival } from './arrival.ts';
import { Connection, type Exchange } from './connection.ts';
import { KeptConnections } from './kept-connections.ts';
import { type Failure, Ledger, type LoadReport, type LoadSecond } from './ledger.ts';
import type { LoadPlan } from './plan.ts';
import { makeRequest } from './request.ts';

/** Set by the load balancer when it is asked to name the instance that answered. */
const SERVED_BY_HEADER = 'served-by';
const REASON_HEADER = 'holdfast-reason';

export class Generator {
  readonly #plan: LoadPlan;
  readonly #onSecond: (second: LoadSecond) => void;
  readonly #target: { host: string; port: number };
  readonly #kept: KeptConnections;
  readonly #ledger = new Ledger();
  readonly #seed = randomBytes(6).toString('hex');
  readonly #startedMs = performance.now();
  readonly #pending = new Set<Promise<void>>();
  readonly #ticker: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #milestone: { requests: number; reached: () => void } | undefined;
  #stopped = false;

  /** Starts at once. `onSecond` is called each second until `stop` has ended. */
  constructor(plan: LoadPlan, onSecond: (second: LoadSecond) => void) {
    this.#plan = plan;
    this.#onSecond = onSecond;
    const url = new URL(plan.target);
    this.#target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
    this.#kept = new KeptConnections(this.#target, plan.keptConnections, plan.rate * 12);
    this.#ticker = setInterval(() => this.#onSecond(this.#ledger.second(epochMs())), 1_000);
    this.#sendDue();
  }

  /** Resolves when this many requests have been sent. */
  sentAtLeast(requests: number): Promise<void> {
    return new Promise((resolve) => {
      this.#milestone = { requests, reached: resolve };
    });
  }

  /** Sends nothing more and ends when the last answer or its timeout has come. */
  async stop(): Promise<LoadReport> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const seconds = Math.round((performance.now() - this.#startedMs) / 100) / 10;
    await Promise.all(this.#pending);
    clearInterval(this.#ticker);
    const report = this.#ledger.report(seconds, {
      opened: this.#kept.opened,
      endedIdle: this.#kept.endedIdle,
    });
    this.#kept.close();
    return report;
  }

  #sendDue(): void {
    if (this.#stopped) return;
    const nowMs = performance.now() - this.#startedMs;
    let due = arrival(this.#plan, this.#next);
    while (due.dueMs <= nowMs) {
      this.#send(due);
      this.#next += 1;
      due = arrival(this.#plan, this.#next);
    }
    if (this.#next >= (this.#milestone?.requests ?? Number.POSITIVE_INFINITY)) this.#milestone?.reached();
    // setImmediate runs after the sockets have been polled: a close that had arrived is seen before its connection is used.
    this.#timer = setTimeout(() => setImmediate(() => this.#sendDue()), Math.max(0, due.dueMs - nowMs));
  }

  #send(due: Arrival): void {
    this.#ledger.sent(due, performance.now() - this.#startedMs - due.dueMs);
    const pending = this.#run(due).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  async #run(due: Arrival): Promise<void> {
    const connection = due.connection === 'kept' ? this.#kept.take() : new Connection(this.#target);
    if (connection === undefined) {
      this.#fail(due, { kind: 'NoConnection', detail: 'too many requests are in flight', before: 0 });
      return;
    }
    const before = connection.exchanges;
    const request = makeRequest(this.#plan, due, this.#seed);
    const exchange = await connection.exchange(request.bytes, this.#plan.timeoutMs);
    if (due.connection === 'kept') this.#kept.giveBack(connection);
    else connection.close();
    const failure = judge(exchange, request.check);
    if (failure === undefined) this.#ledger.succeeded(due, this.#elapsedMs(due));
    else this.#fail(due, { ...failure, before });
  }

  #fail(due: Arrival, failure: Judgement & { before: number }): void {
    const { connection, method, slow } = due;
    const dueAt = Math.round(performance.timeOrigin + this.#startedMs + due.dueMs);
    const elapsedMs = Math.round(this.#elapsedMs(due));
    this.#ledger.failed(due, { ...failure, dueAt, elapsedMs, connection, method, slow });
  }

  #elapsedMs(due: Arrival): number {
    return performance.now() - this.#startedMs - due.dueMs;
  }
}

type Judgement = Pick<Failure, 'kind' | 'detail' | 'status' | 'servedBy' | 'reason'>;

function judge(exchange: Exchange, check: (body: Buffer) => string | undefined): Judgement | undefined {
  if (exchange.response === undefined) return { kind: exchange.failure, detail: exchange.detail };
  const { status, headers, body } = exchange.response;
  const wrong = check(body);
  if (status < 500 && wrong === undefined) return undefined;
  const servedBy = headers.get(SERVED_BY_HEADER);
  const reason = headers.get(REASON_HEADER);
  return {
    kind: status >= 500 ? 'ServerError' : 'WrongBody',
    detail: wrong ?? '',
    status,
    ...(servedBy === undefined ? {} : { servedBy }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function epochMs(): number {
  return Math.round(performance.timeOrigin + performance.now());
}
