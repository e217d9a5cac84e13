/** The tries of one request on the endpoints of its backend: which is next, on which connection, and when it is given up. */
import type { PickContext, Target } from '../upstreams/backend.ts';
import { NO_RETRY, retryDelay, type TryOutcome } from '../upstreams/retry-policy.ts';
import type { ClientErrorCode } from './client-errors.ts';
import type { EngineContext } from './engine-context.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { Forwarding } from './request-plan.ts';
import type { RequestRecord } from './request-record.ts';
import { UpstreamConnection, type UpstreamFailure, type UpstreamUser } from './upstream-connection.ts';

/** RFC 9110 9.2.2, of what is forwarded. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const NONE_TRIED: readonly Target[] = [];
const NEVER = Number.POSITIVE_INFINITY;

const FAILURE_CODES: Readonly<Record<Exclude<UpstreamFailure, 'connect'>, ClientErrorCode>> = {
  unanswered: 'UpstreamReset',
  reset: 'UpstreamReset',
  protocol: 'UpstreamProtocolError',
};

/** The request that is tried. */
export interface TriedRequest extends UpstreamUser, PickContext {
  readonly head: RequestHead;
  readonly record: RequestRecord;
  /** The moment at which the request fails, whatever happens. */
  readonly totalDeadline: number;
  /** The connection stands: the request can be sent. */
  ready(upstream: UpstreamConnection, target: Target, now: number): void;
  gaveUp(code: ClientErrorCode): void;
}

export class Tries {
  /** Of the connection that is being opened, on the clock of `performance.now()`. */
  connectDeadline = NEVER;
  upstream: UpstreamConnection | undefined;
  target: Target | undefined;
  readonly #context: EngineContext;
  readonly #request: TriedRequest;
  readonly #plan: Forwarding;
  /** No body, and a method whose repetition does no harm. */
  readonly #repeatable: boolean;
  #tried = NONE_TRIED;
  #connectsFailed = false;
  #overloaded = false;
  /** A connection ended unanswered, and the request was sent to another endpoint. */
  #sentAnew = false;
  #retries = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #entered = false;

  constructor(context: EngineContext, request: TriedRequest, plan: Forwarding) {
    this.#context = context;
    this.#request = request;
    this.#plan = plan;
    const { head } = request;
    this.#repeatable = head.framing === 0 && !head.asksForWebSocket && IDEMPOTENT.has(head.method);
  }

  begin(now: number): void {
    if (this.#plan.backend.upstream.enter()) {
      this.#entered = true;
      this.#tryNext(now);
    } else this.#request.gaveUp('UpstreamOverloaded');
  }

  /** The request has ended, or became an upgraded connection that has. */
  end(): void {
    clearTimeout(this.#retryTimer);
    this.abort();
    if (this.#entered) this.#plan.backend.upstream.leave();
    this.#entered = false;
  }

  /** Ends the try and its connection. */
  abort(): void {
    const { upstream } = this;
    this.#letGo();
    upstream?.destroy();
  }

  /** The connection has carried its request to the end. */
  release(reusable: boolean, now: number): void {
    const { upstream } = this;
    this.#letGo();
    if (upstream === undefined) return;
    // A response that came before the whole request was taken leaves a rest that would be part of the next one.
    if (reusable && upstream.socket.writableLength === 0) this.#context.pool.give(upstream, now);
    else upstream.destroy();
  }

  connected(): void {
    this.connectDeadline = NEVER;
    this.#request.ready(this.upstream!, this.target!, performance.now());
  }

  failed(failure: UpstreamFailure): void {
    const target = this.target!;
    const reused = this.upstream?.reused === true;
    const now = performance.now();
    this.#letGo();
    if (failure === 'connect') this.#connectFailed(target, now);
    else if (failure === 'unanswered' && reused && this.#repeatable) {
      this.#context.counters.upstreamRetries++;
      this.#send(target, false, now);
    } else {
      this.#context.targets.failed(target);
      if (failure === 'unanswered' && this.#maySendAnew(target)) {
        this.#context.counters.upstreamRetries++;
        this.#tryNext(now);
      } else if (!this.retriesAfter('reset', target, now)) this.#request.gaveUp(FAILURE_CODES[failure]);
    }
  }

  /** The endpoint has not answered as it must, or not in time. */
  unanswered(outcome: TryOutcome, code: ClientErrorCode, now: number): void {
    const target = this.target!;
    this.#context.targets.failed(target);
    if (!this.retriesAfter(outcome, target, now)) this.#request.gaveUp(code);
  }

  /** True where the route has it tried again, and it will be; the try that was is given up then. */
  retriesAfter(outcome: TryOutcome, target: Target, now: number): boolean {
    const { route, backend } = this.#plan;
    if (route.retry === undefined || !this.#repeatable) return false;
    const delay = retryDelay(route.retry, backend.upstream, outcome, this.#retries);
    if (delay === NO_RETRY || now + delay >= this.#request.totalDeadline) return false;
    this.#retries++;
    this.#context.counters.upstreamRetries++;
    this.#tried = [...this.#tried, target];
    this.abort();
    this.#retryTimer = setTimeout(() => this.#tryAgain(), delay);
    return true;
  }

  /** On an endpoint that was not tried yet, or where all were, on any. */
  #tryAgain(): void {
    if (this.#plan.backend.pick(this.#tried, this.#request) === undefined) this.#tried = NONE_TRIED;
    this.#tryNext(performance.now());
  }

  #tryNext(now: number): void {
    const target = this.#nextTarget();
    if (target === undefined) this.#request.gaveUp(this.#noTargetReason());
    else this.#send(target, true, now);
  }

  #nextTarget(): Target | undefined {
    const { maxRequestsPerTarget } = this.#context.limits;
    for (;;) {
      const target = this.#plan.backend.pick(this.#tried, this.#request);
      if (target === undefined || target.inFlight < maxRequestsPerTarget) return target;
      this.#overloaded = true;
      this.#tried = [...this.#tried, target];
    }
  }

  #noTargetReason(): ClientErrorCode {
    if (this.#sentAnew) return 'UpstreamReset';
    if (this.#connectsFailed) return 'ConnectFailed';
    return this.#overloaded ? 'UpstreamOverloaded' : 'NoEndpoint';
  }

  /** `mayReuse`: on a connection that has carried requests before. */
  #send(target: Target, mayReuse: boolean, now: number): void {
    const { pool, limits, targets } = this.#context;
    const { head, record } = this.#request;
    const kept = mayReuse && !head.asksForWebSocket ? pool.take(target, this.#repeatable, now) : undefined;
    if (kept === undefined && !targets.mayConnect(target)) {
      this.#request.gaveUp('UpstreamOverloaded');
      return;
    }
    target.inFlight++;
    this.target = target;
    record.entry.target = target.key;
    if (kept === undefined) {
      this.connectDeadline = now + limits.connectTimeoutMs;
      this.upstream = new UpstreamConnection(this.#context, target, this.#request);
    } else {
      this.upstream = kept;
      kept.begin(this.#request);
      this.#request.ready(kept, target, now);
    }
  }

  #connectFailed(target: Target, now: number): void {
    this.#connectsFailed = true;
    this.#tried = [...this.#tried, target];
    this.#context.counters.upstreamRetries++;
    const late = now - this.#request.record.startedAt > this.#context.limits.connectBudgetMs;
    if (late) this.#request.gaveUp('ConnectFailed');
    else this.#tryNext(now);
  }

  /** A backend that ends closes the connections that wait in its queue; once, another endpoint is asked instead. */
  #maySendAnew(target: Target): boolean {
    if (this.#sentAnew || !this.#repeatable) return false;
    const tried = [...this.#tried, target];
    if (this.#plan.backend.pick(tried, this.#request) === undefined) return false;
    this.#sentAnew = true;
    this.#tried = tried;
    return true;
  }

  #letGo(): void {
    if (this.upstream === undefined) return;
    this.upstream = undefined;
    this.connectDeadline = NEVER;
    this.target!.inFlight--;
  }
}
