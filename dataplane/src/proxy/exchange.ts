/** One request from its head to the last byte of its response. */
import type { Target } from '../upstreams/backend.ts';
import { type Answer, errorAnswer, redirectAnswer } from './answer.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientErrorCode } from './client-errors.ts';
import { ClientResponse } from './client-response.ts';
import type { EngineContext } from './engine-context.ts';
import type { Linked } from './exchange-list.ts';
import type { Fields } from './fields.ts';
import { Framing } from './http1/framing.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import { lastChunk, requestText } from './message-text.ts';
import { requestIdFrom } from './request-id.ts';
import { type Forwarding, planRequest } from './request-plan.ts';
import { RequestRecord } from './request-record.ts';
import { type TriedRequest, Tries } from './tries.ts';
import { Tunnel } from './tunnel.ts';
import type { UpstreamConnection, UpstreamFailure } from './upstream-connection.ts';

const NEVER = Number.POSITIVE_INFINITY;

export class Exchange implements TriedRequest, Linked<Exchange> {
  previous: Exchange | undefined;
  next: Exchange | undefined;
  readonly head: RequestHead;
  readonly record: RequestRecord;
  /** Moments on the clock of `performance.now()`. */
  totalDeadline = NEVER;
  #requestDeadline = NEVER;
  #responseDeadline = NEVER;
  readonly #context: EngineContext;
  readonly #client: ClientConnection;
  readonly #response: ClientResponse;
  #plan: Forwarding | undefined;
  #tries: Tries | undefined;
  #requestComplete: boolean;
  /** The backend does not take the body as fast as it comes. */
  #upstreamFull = false;
  #clientFull = false;
  #flushing = false;
  #ended = false;

  constructor(context: EngineContext, client: ClientConnection, head: RequestHead, now: number) {
    this.#context = context;
    this.#client = client;
    this.head = head;
    this.#requestComplete = !head.hasBody;
    this.record = new RequestRecord(
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
    this.#response = new ClientResponse(context, client, head, this.record);
    context.exchanges.add(this);
  }

  get method(): string {
    return this.head.method;
  }

  get clientAddress(): string {
    return this.#client.address;
  }

  header(name: string): string | undefined {
    return this.head.headers[name];
  }

  /** All of the response is said, and waits to be written. */
  get isFlushing(): boolean {
    return this.#flushing;
  }

  /** The client's bytes of the body are wanted. */
  get takesBody(): boolean {
    return this.#tries?.upstream?.connecting === false && !this.#upstreamFull;
  }

  start(): void {
    const { gateway, via } = this.#context;
    const plan = planRequest(this.head, {
      gateway: gateway(),
      via,
      listenerPort: this.#client.listener.port,
    });
    const { entry, startedAt } = this.record;
    if (plan.route !== undefined) entry.route = plan.route.name;
    if (plan.kind === 'refuse') this.refuse(plan.code);
    else if (plan.kind === 'redirect') {
      entry.status = plan.status;
      this.#answer(redirectAnswer(plan.status, plan.location, entry.requestId));
    } else {
      const { requestMs } = plan.route.timeouts;
      entry.backend = plan.backend.name;
      if (requestMs > 0) this.totalDeadline = startedAt + requestMs;
      this.#plan = plan;
      this.#tries = new Tries(this.#context, this, plan);
      this.#tries.begin(startedAt);
    }
  }

  /** Answers with an error, or breaks off where a response has begun. */
  refuse(code: ClientErrorCode): void {
    if (this.#ended) return;
    this.record.because(code);
    this.#tries?.end();
    if (this.#response.begun) {
      this.#end();
      this.#response.breakOff();
    } else this.#answer(errorAnswer(code, this.record.entry.requestId, this.head.headers.accept));
  }

  /** The rest of the request can't be read, or the instance ends: the connection ends with the answer. */
  refuseRest(code: ClientErrorCode): void {
    this.#response.closes = true;
    this.#client.readsNoMore();
    this.refuse(code);
  }

  /** The client has closed its side, or is gone altogether. */
  clientGone(): void {
    if (this.#ended) return;
    this.record.because('ClientClosed');
    this.#end();
    this.#client.destroy();
  }

  check(now: number): void {
    if (now >= this.totalDeadline) this.refuse('RequestTimeout');
    else if (now >= this.#requestDeadline) this.#bodyStalled();
    else if (now >= this.#responseDeadline) this.#responseStalled(now);
    else if (this.#tries !== undefined && now >= this.#tries.connectDeadline) {
      this.#tries.upstream?.timeOutConnecting();
    }
  }

  #bodyStalled(): void {
    this.#response.closes = true;
    if (!this.#upstreamFull) this.refuse('RequestBodyTimeout');
    else {
      this.#context.targets.failed(this.#tries!.target!);
      this.refuse('BackendRequestTimeout');
    }
  }

  #responseStalled(now: number): void {
    if (this.#flushing || this.#clientFull) this.refuse('ClientClosed');
    else if (this.#response.begun) this.refuse('UpstreamAborted');
    else {
      this.#responseDeadline = NEVER;
      this.#tries!.unanswered('timeout', 'BackendRequestTimeout', now);
    }
  }

  connected(): void {
    this.#tries!.connected();
  }

  failed(failure: UpstreamFailure): void {
    this.#requestDeadline = NEVER;
    this.#responseDeadline = NEVER;
    this.#tries!.failed(failure);
  }

  gaveUp(code: ClientErrorCode): void {
    this.refuse(code);
  }

  /** Head and what there is of the body go out together. */
  ready(upstream: UpstreamConnection, target: Target, now: number): void {
    try {
      upstream.out.text(this.#requestText(target));
    } catch (error) {
      this.#failInside(error);
      return;
    }
    if (this.#requestComplete) this.#awaitResponse(now);
    else {
      this.#requestDeadline = now + this.#context.limits.requestBodyIdleMs;
      this.#client.pumpBody();
    }
    upstream.out.flush();
  }

  #requestText(target: Target): string {
    const { route, path, host } = this.#plan!;
    const { requestId, clientAddress } = this.record.entry;
    return requestText(this.head, {
      route,
      path,
      host: host ?? target.key,
      requestId,
      clientAddress,
      listenerPort: this.#client.listener.port,
      via: this.#context.via.request,
    });
  }

  #awaitResponse(now: number): void {
    const { backendRequestMs } = this.#plan!.route.timeouts;
    this.#requestDeadline = NEVER;
    if (!this.#response.begun && backendRequestMs > 0) this.#responseDeadline = now + backendRequestMs;
  }

  /** A piece of the request's body. */
  requestData(bytes: Buffer, from: number, to: number): void {
    const { out } = this.#tries!.upstream!;
    if (this.head.framing === Framing.chunked) {
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
    const { out } = this.#tries!.upstream!;
    out.flush();
    this.#upstreamFull = out.isFull;
  }

  requestDone(trailers: Readonly<Fields>): void {
    this.#requestComplete = true;
    this.#response.awaitsContinue = false;
    if (this.head.framing === Framing.chunked) this.#tries!.upstream!.out.text(lastChunk(trailers));
    this.#awaitResponse(this.#client.now);
  }

  upstreamDrained(): void {
    if (!this.#upstreamFull) return;
    this.#upstreamFull = false;
    if (!this.#requestComplete) {
      this.#requestDeadline = performance.now() + this.#context.limits.requestBodyIdleMs;
    }
    this.#client.pumpBody();
  }

  interim(head: ResponseHead): void {
    this.#response.interim(head);
  }

  respond(head: ResponseHead): void {
    const target = this.#tries!.target!;
    if (head.status === 101) {
      this.#switch(head, target);
      return;
    }
    this.#context.targets.responded(target, head.status);
    const { route } = this.#plan!;
    if (route.retry !== undefined && this.#tries!.retriesAfter(head.status, target, performance.now())) {
      this.#responseDeadline = NEVER;
      return;
    }
    try {
      this.#response.begin(head, route);
    } catch (error) {
      this.#failInside(error);
      return;
    }
    this.record.entry.status = head.status;
    this.#responseDeadline = NEVER;
  }

  responseData(bytes: Buffer, from: number, to: number, stable: boolean): void {
    this.#response.data(bytes, from, to, stable);
  }

  responseFlush(): void {
    const { out } = this.#client;
    out.flush();
    this.#responseDeadline = performance.now() + this.#context.limits.responseBodyIdleMs;
    if (!out.isFull) return;
    this.#clientFull = true;
    this.#tries?.upstream?.pause();
  }

  clientDrained(): void {
    if (!this.#clientFull) return;
    this.#clientFull = false;
    this.#responseDeadline = performance.now() + this.#context.limits.responseBodyIdleMs;
    this.#tries?.upstream?.unpause();
  }

  /** After a response that did not wait for the whole request, the backend's connection is of no use. */
  responseDone(trailers: Readonly<Fields>, reusable: boolean): boolean {
    this.#response.end(trailers);
    const now = performance.now();
    this.#tries!.release(reusable && this.#requestComplete, now);
    return this.#finish(now);
  }

  responseBroken(): void {
    this.#context.targets.failed(this.#tries!.target!);
    this.refuse('UpstreamAborted');
  }

  #switch(head: ResponseHead, target: Target): void {
    const tries = this.#tries!;
    if (!this.head.asksForWebSocket || head.upgrade !== 'websocket') {
      tries.unanswered('reset', 'UpstreamProtocolError', performance.now());
      return;
    }
    this.#context.targets.responded(target, head.status);
    const upstream = tries.upstream!;
    this.#response.switch(head, this.#plan!.route);
    this.record.entry.status = head.status;
    this.record.count();
    this.#ended = true;
    this.#context.exchanges.remove(this);
    const tunnel = new Tunnel(this.#context, this.record, this.#client, upstream, () => tries.end());
    upstream.becomeTunnel(tunnel);
    this.#client.becomeTunnel(tunnel);
  }

  #answer(answer: Answer): void {
    this.#response.answer(answer);
    this.#finish(performance.now());
  }

  #failInside(error: unknown): void {
    this.#context.log.error({ err: error }, 'a request failed in the gateway');
    this.refuse('InternalError');
  }

  /** Everything is said. True where it is written, too. */
  #finish(now: number): boolean {
    if (this.#client.isWritten) {
      this.#end(now);
      this.#client.exchangeEnded(this.#response.closes, now);
      return true;
    }
    this.#flushing = true;
    this.totalDeadline = NEVER;
    this.#requestDeadline = NEVER;
    this.#responseDeadline = now + this.#context.limits.responseBodyIdleMs;
    this.#client.whenWritten(() => this.#written());
    return false;
  }

  #written(): void {
    if (this.#ended) return;
    const now = performance.now();
    this.#end(now);
    this.#client.exchangeEnded(this.#response.closes, now);
  }

  #end(now = performance.now()): void {
    this.#ended = true;
    this.#tries?.end();
    this.#context.exchanges.remove(this);
    this.record.finish(this.#response.bytes, now);
  }
}
