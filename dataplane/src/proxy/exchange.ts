/** One request from its head to the last byte of its response. */
import type { PickContext, Target } from '../upstreams/backend.ts';
import { NO_RETRY, retryDelay, type TryOutcome } from '../upstreams/retry-policy.ts';
import { type Answer, errorAnswer, redirectAnswer } from './answer.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientErrorCode } from './client-errors.ts';
import type { EngineContext } from './engine-context.ts';
import type { Linked } from './exchange-list.ts';
import type { Fields } from './fields.ts';
import { Framing } from './http1/framing.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import {
  answerText,
  interimText,
  lastChunk,
  requestText,
  responseText,
  switchingText,
} from './message-text.ts';
import { requestIdFrom } from './request-id.ts';
import { type Forwarding, planRequest } from './request-plan.ts';
import { RequestRecord } from './request-record.ts';
import { Tunnel } from './tunnel.ts';
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

export class Exchange implements UpstreamUser, PickContext, Linked<Exchange> {
  previous: Exchange | undefined;
  next: Exchange | undefined;
  readonly #context: EngineContext;
  readonly #client: ClientConnection;
  readonly #head: RequestHead;
  readonly #record: RequestRecord;
  #plan: Forwarding | undefined;
  #tried = NONE_TRIED;
  #target: Target | undefined;
  #upstream: UpstreamConnection | undefined;
  #connectsFailed = false;
  #overloaded = false;
  /** A new connection ended unanswered, and the request was sent to another endpoint. */
  #sentAnew = false;
  #retries = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #entered = false;

  /** Moments on the clock of `performance.now()`. */
  #totalDeadline = NEVER;
  #requestDeadline = NEVER;
  #responseDeadline = NEVER;

  #requestComplete: boolean;
  /** The backend does not take the body as fast as it comes. */
  #upstreamFull = false;
  #clientFull = false;
  #begun = false;
  #interims = 0;
  #awaitsContinue: boolean;
  #goesOutChunked = false;
  #closes: boolean;
  #closeDelimited = false;
  #flushing = false;
  #ended = false;
  #bytesOut = 0;

  constructor(context: EngineContext, client: ClientConnection, head: RequestHead, now: number) {
    this.#context = context;
    this.#client = client;
    this.#head = head;
    this.#requestComplete = !head.hasBody;
    this.#awaitsContinue = head.expectsContinue;
    this.#closes = !head.keepsConnection;
    this.#record = new RequestRecord(
      context,
      {
        requestId: requestIdFrom(head.requestId),
        clientAddress: client.address,
        listener: head.listener,
        method: head.method,
        path: head.path,
      },
      now,
    );
    context.exchanges.add(this);
  }

  get method(): string {
    return this.#head.method;
  }

  get clientAddress(): string {
    return this.#client.address;
  }

  header(name: string): string | undefined {
    return this.#head.headers[name];
  }

  /** All of the response is said, and waits to be written. */
  get isFlushing(): boolean {
    return this.#flushing;
  }

  /** The client's bytes of the body are wanted. */
  get takesBody(): boolean {
    return this.#upstream !== undefined && !this.#upstream.connecting && !this.#upstreamFull;
  }

  start(): void {
    const { gateway, via } = this.#context;
    const plan = planRequest(this.#head, {
      gateway: gateway(),
      via,
      listenerPort: this.#client.listener.port,
    });
    const { entry } = this.#record;
    if (plan.route !== undefined) entry.route = plan.route.name;
    if (plan.kind === 'refuse') this.refuse(plan.code);
    else if (plan.kind === 'forward') this.#forward(plan);
    else {
      entry.status = plan.status;
      this.#answer(redirectAnswer(plan.status, plan.location, entry.requestId));
    }
  }

  /** Answers with an error, or breaks off where a response has begun. */
  refuse(code: ClientErrorCode): void {
    if (this.#ended) return;
    this.#record.because(code);
    this.#letGoOfUpstream();
    if (this.#begun) this.#breakOff();
    else this.#answer(errorAnswer(code, this.#record.entry.requestId, this.#head.headers.accept));
  }

  /** The rest of the request can't be read, or the instance ends: the connection ends with the answer. */
  refuseRest(code: ClientErrorCode): void {
    this.#closes = true;
    this.#client.readsNoMore();
    this.refuse(code);
  }

  /** The client has closed its side, or is gone altogether. */
  clientGone(): void {
    if (this.#ended) return;
    this.#record.because('ClientClosed');
    this.#letGoOfUpstream();
    this.#end();
    this.#client.destroy();
  }

  check(now: number): void {
    if (now >= this.#totalDeadline) this.refuse('RequestTimeout');
    else if (now >= this.#requestDeadline) this.#bodyStalled();
    else if (now >= this.#responseDeadline) this.#responseStalled(now);
  }

  #bodyStalled(): void {
    this.#closes = true;
    this.refuse(this.#upstreamFull ? 'BackendRequestTimeout' : 'RequestBodyTimeout');
    if (this.#upstreamFull && this.#target !== undefined) this.#context.targets.failed(this.#target);
  }

  #responseStalled(now: number): void {
    if (this.#flushing || this.#clientFull) this.refuse('ClientClosed');
    else if (this.#upstream?.connecting === true) this.#upstream.timeOutConnecting();
    else if (this.#begun) this.refuse('UpstreamAborted');
    else this.#tryFailed('timeout', 'BackendRequestTimeout', now);
  }

  #forward(plan: Forwarding): void {
    const { upstream, name } = plan.backend;
    const { requestMs } = plan.route.timeouts;
    this.#plan = plan;
    this.#record.entry.backend = name;
    if (requestMs > 0) this.#totalDeadline = this.#record.startedAt + requestMs;
    if (!upstream.enter()) {
      this.refuse('UpstreamOverloaded');
      return;
    }
    this.#entered = true;
    this.#tryNext(this.#record.startedAt);
  }

  #tryNext(now: number): void {
    const target = this.#nextTarget();
    if (target === undefined) this.refuse(this.#noTargetReason());
    else this.#send(target, true, now);
  }

  #nextTarget(): Target | undefined {
    const { maxRequestsPerTarget } = this.#context.limits;
    const { backend } = this.#plan!;
    for (;;) {
      const target = backend.pick(this.#tried, this);
      if (target === undefined || target.inFlight < maxRequestsPerTarget) return target;
      this.#overloaded = true;
      this.#tried = [...this.#tried, target];
    }
  }

  #noTargetReason(): ClientErrorCode {
    if (this.#connectsFailed) return 'ConnectFailed';
    return this.#overloaded ? 'UpstreamOverloaded' : 'NoEndpoint';
  }

  /** `mayReuse`: on a connection that has carried requests before. */
  #send(target: Target, mayReuse: boolean, now: number): void {
    const { pool, limits } = this.#context;
    const kept =
      mayReuse && !this.#head.asksForWebSocket ? pool.take(target, this.#isRepeatable, now) : undefined;
    if (kept === undefined && !this.#context.targets.mayConnect(target)) {
      this.refuse('UpstreamOverloaded');
      return;
    }
    target.inFlight++;
    this.#target = target;
    this.#record.entry.target = target.key;
    if (kept === undefined) {
      this.#responseDeadline = now + limits.connectTimeoutMs;
      this.#upstream = new UpstreamConnection(this.#context, target, this);
      return;
    }
    kept.begin(this);
    this.#upstream = kept;
    this.#sendRequest(kept, target, now);
  }

  connected(): void {
    this.#sendRequest(this.#upstream!, this.#target!, performance.now());
  }

  #sendRequest(upstream: UpstreamConnection, target: Target, now: number): void {
    const text = this.#requestText(target);
    if (text === undefined) {
      this.refuse('InternalError');
      return;
    }
    upstream.out.text(text);
    if (this.#requestComplete) this.#awaitResponse(now);
    else {
      this.#responseDeadline = NEVER;
      this.#requestDeadline = now + this.#context.limits.requestBodyIdleMs;
      this.#client.pumpBody();
    }
    this.#upstream?.out.flush();
  }

  #requestText(target: Target): string | undefined {
    const { route, path, host } = this.#plan!;
    const { requestId, clientAddress } = this.#record.entry;
    try {
      return requestText(this.#head, {
        route,
        path,
        host: host ?? target.key,
        requestId,
        clientAddress,
        listenerPort: this.#client.listener.port,
        via: this.#context.via.request,
      });
    } catch (error) {
      this.#context.log.error({ err: error }, 'a request failed in the gateway');
      return undefined;
    }
  }

  #awaitResponse(now: number): void {
    const { backendRequestMs } = this.#plan!.route.timeouts;
    this.#requestDeadline = NEVER;
    if (!this.#begun) this.#responseDeadline = backendRequestMs > 0 ? now + backendRequestMs : NEVER;
  }

  /** A piece of the request's body. */
  requestData(bytes: Buffer, from: number, to: number): void {
    const { out } = this.#upstream!;
    if (this.#head.framing === Framing.chunked) {
      out.text(`${(to - from).toString(16)}\r\n`);
      out.bytes(bytes, from, to, true);
      out.text('\r\n');
    } else out.bytes(bytes, from, to, true);
    // Each byte buys time at the lowest rate, and never more than the longest silence.
    const { requestBodyIdleMs, minBodyBytesPerSecond } = this.#context.limits;
    const bought = this.#requestDeadline + ((to - from) * 1_000) / minBodyBytesPerSecond;
    this.#requestDeadline = Math.min(bought, this.#client.now + requestBodyIdleMs);
  }

  requestFlush(): void {
    const { out } = this.#upstream!;
    out.flush();
    this.#upstreamFull = out.isFull;
  }

  requestDone(trailers: Readonly<Fields>): void {
    this.#requestComplete = true;
    this.#awaitsContinue = false;
    if (this.#head.framing === Framing.chunked) this.#upstream!.out.text(lastChunk(trailers));
    this.#awaitResponse(this.#client.now);
  }

  upstreamDrained(): void {
    if (!this.#upstreamFull) return;
    this.#upstreamFull = false;
    this.#requestDeadline = performance.now() + this.#context.limits.requestBodyIdleMs;
    this.#client.pumpBody();
  }

  interim(head: ResponseHead): void {
    // An HTTP/1.0 client does not know of them (RFC 9110 15.2).
    if (this.#begun || this.#head.minor === 0) return;
    if (head.status === 100) {
      if (!this.#awaitsContinue) return;
      this.#awaitsContinue = false;
    } else if (++this.#interims > this.#context.limits.maxInterimResponses) return;
    this.#client.out.text(interimText(head));
    this.#client.out.flush();
  }

  respond(head: ResponseHead): void {
    const target = this.#target!;
    if (head.status === 101) {
      this.#switch(head);
      return;
    }
    this.#context.targets.responded(target, head.status);
    if (this.#retriesAfter(head.status, performance.now())) return;
    const { minor, asksForWebSocket } = this.#head;
    const hasBody = head.framing !== Framing.none;
    const counted = head.framing === Framing.counted;
    const takesChunks = minor === 1 && !asksForWebSocket;
    this.#goesOutChunked = hasBody && !counted && takesChunks;
    this.#closeDelimited = hasBody && !counted && !takesChunks;
    this.#settleClose();
    try {
      this.#client.out.text(responseText(head, this.#responseSurroundings()));
    } catch (error) {
      this.#context.log.error({ err: error }, 'a request failed in the gateway');
      this.refuse('InternalError');
      return;
    }
    this.#begun = true;
    this.#record.entry.status = head.status;
    this.#responseDeadline = NEVER;
  }

  #responseSurroundings() {
    const { via, date } = this.#context;
    return {
      route: this.#plan!.route,
      requestId: this.#record.entry.requestId,
      via: via.response,
      date: date.at(this.#record.startedAt),
      goesOutChunked: this.#goesOutChunked,
      closes: this.#closes,
    };
  }

  responseData(bytes: Buffer, from: number, to: number, stable: boolean): void {
    const { out } = this.#client;
    this.#bytesOut += to - from;
    if (this.#goesOutChunked) {
      out.text(`${(to - from).toString(16)}\r\n`);
      out.bytes(bytes, from, to, stable);
      out.text('\r\n');
    } else out.bytes(bytes, from, to, stable);
  }

  responseFlush(): void {
    const { out } = this.#client;
    out.flush();
    this.#responseDeadline = performance.now() + this.#context.limits.responseBodyIdleMs;
    if (!out.isFull) return;
    this.#clientFull = true;
    this.#upstream?.pause();
  }

  clientDrained(): void {
    if (!this.#clientFull) return;
    this.#clientFull = false;
    this.#responseDeadline = performance.now() + this.#context.limits.responseBodyIdleMs;
    this.#upstream?.unpause();
  }

  responseDone(trailers: Readonly<Fields>, reusable: boolean): boolean {
    const { out } = this.#client;
    if (this.#goesOutChunked) out.text(lastChunk(trailers));
    out.flush();
    const now = performance.now();
    this.#release(reusable && this.#requestComplete, now);
    return this.#finish(now);
  }

  responseBroken(): void {
    this.#context.targets.failed(this.#target!);
    this.refuse('UpstreamAborted');
  }

  failed(failure: UpstreamFailure): void {
    const target = this.#target!;
    const reused = this.#upstream?.reused === true;
    const now = performance.now();
    this.#forgetUpstream();
    if (failure === 'connect') this.#connectFailed(target, now);
    else if (failure === 'unanswered' && reused && this.#isRepeatable) {
      this.#context.counters.upstreamRetries++;
      this.#send(target, false, now);
    } else if (failure === 'unanswered' && this.#maySendAnew(target)) {
      this.#context.targets.failed(target);
      this.#context.counters.upstreamRetries++;
      this.#tryNext(now);
    } else {
      this.#target = target;
      this.#tryFailed('reset', FAILURE_CODES[failure], now);
    }
  }

  #connectFailed(target: Target, now: number): void {
    this.#connectsFailed = true;
    this.#tried = [...this.#tried, target];
    this.#context.counters.upstreamRetries++;
    if (now - this.#record.startedAt > this.#context.limits.connectBudgetMs) this.refuse('ConnectFailed');
    else this.#tryNext(now);
  }

  /** A backend that ends closes the connections that wait in its queue; once, another endpoint is asked instead. */
  #maySendAnew(target: Target): boolean {
    if (this.#sentAnew || !this.#isRepeatable) return false;
    const tried = [...this.#tried, target];
    if (this.#plan!.backend.pick(tried, this) === undefined) return false;
    this.#sentAnew = true;
    this.#tried = tried;
    return true;
  }

  /** `#target` has not answered as it must. */
  #tryFailed(outcome: TryOutcome, code: ClientErrorCode, now: number): void {
    this.#context.targets.failed(this.#target!);
    if (!this.#retriesAfter(outcome, now)) this.refuse(code);
  }

  /** True where the route has it tried again, and it will be. */
  #retriesAfter(outcome: TryOutcome, now: number): boolean {
    const { route, backend } = this.#plan!;
    if (route.retry === undefined || !this.#isRepeatable) return false;
    const delay = retryDelay(route.retry, backend.upstream, outcome, this.#retries);
    if (delay === NO_RETRY || now + delay >= this.#totalDeadline) return false;
    this.#retries++;
    this.#context.counters.upstreamRetries++;
    this.#tried = [...this.#tried, this.#target!];
    this.#letGoOfUpstream();
    this.#responseDeadline = NEVER;
    this.#retryTimer = setTimeout(() => this.#tryAgain(), delay);
    return true;
  }

  /** On an endpoint that was not tried yet, or where all were, on any. */
  #tryAgain(): void {
    if (this.#ended) return;
    if (this.#plan!.backend.pick(this.#tried, this) === undefined) this.#tried = NONE_TRIED;
    this.#tryNext(performance.now());
  }

  get #isRepeatable(): boolean {
    return (
      this.#head.framing === Framing.none && IDEMPOTENT.has(this.#head.method) && !this.#head.asksForWebSocket
    );
  }

  #switch(head: ResponseHead): void {
    const target = this.#target!;
    if (!this.#head.asksForWebSocket || head.upgrade !== 'websocket') {
      this.#tryFailed('reset', 'UpstreamProtocolError', performance.now());
      return;
    }
    this.#context.targets.responded(target, head.status);
    const upstream = this.#upstream!;
    const { out } = this.#client;
    out.text(switchingText(head, this.#responseSurroundings()));
    out.flush();
    this.#record.entry.status = 101;
    this.#record.count();
    this.#ended = true;
    this.#context.exchanges.remove(this);
    const tunnel = new Tunnel(this.#context, this.#record, this.#client, upstream, () => {
      target.inFlight--;
      target.upstream.leave();
    });
    upstream.becomeTunnel(tunnel);
    this.#client.becomeTunnel(tunnel);
  }

  #answer(answer: Answer): void {
    this.#settleClose();
    const { out } = this.#client;
    out.text(answerText(answer, this.#context.date.at(this.#record.startedAt), this.#closes));
    this.#begun = true;
    if (this.#head.method !== 'HEAD') {
      this.#bytesOut = answer.body.length;
      out.bytes(answer.body, 0, answer.body.length, true);
    }
    out.flush();
    this.#finish(performance.now());
  }

  /**
   * A client that waits for a 100 and gets a response may send the body all the same, or not; one that asked for a
   * WebSocket may send frames: the end is the only sync.
   */
  #settleClose(): void {
    this.#closes ||= this.#context.draining || this.#awaitsContinue || this.#head.asksForWebSocket;
  }

  /** Everything is said. True where it is written, too. */
  #finish(now: number): boolean {
    if (this.#client.isWritten) {
      this.#end(now);
      this.#client.exchangeEnded(this.#closes, now);
      return true;
    }
    this.#flushing = true;
    this.#totalDeadline = NEVER;
    this.#requestDeadline = NEVER;
    this.#responseDeadline = now + this.#context.limits.responseBodyIdleMs;
    this.#client.whenWritten(() => this.#written());
    return false;
  }

  #written(): void {
    if (this.#ended) return;
    const now = performance.now();
    this.#end(now);
    this.#client.exchangeEnded(this.#closes, now);
  }

  /** The client sees that the response is not complete, also where its end would be the end of the connection. */
  #breakOff(): void {
    this.#end();
    if (this.#closeDelimited) this.#client.reset();
    else this.#client.destroy();
  }

  #end(now = performance.now()): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#retryTimer);
    if (this.#entered) this.#plan!.backend.upstream.leave();
    this.#context.exchanges.remove(this);
    this.#record.finish(this.#bytesOut, now);
  }

  #letGoOfUpstream(): void {
    this.#release(false, 0);
  }

  #release(reusable: boolean, now: number): void {
    const upstream = this.#upstream;
    this.#forgetUpstream();
    if (upstream === undefined) return;
    if (reusable) this.#context.pool.give(upstream, now);
    else upstream.destroy();
  }

  #forgetUpstream(): void {
    if (this.#upstream === undefined) return;
    this.#upstream = undefined;
    this.#target!.inFlight--;
  }
}
