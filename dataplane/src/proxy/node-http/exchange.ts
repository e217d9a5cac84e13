/** One request from its head to the last byte of its response. */
import type { IncomingMessage, InformationEvent, OutgoingMessage, ServerResponse } from 'node:http';
import type { Target } from '../../upstreams/backend.ts';
import { errorAnswer, redirectAnswer } from '../answer.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import { forwardableTrailers } from '../fields.ts';
import { RequestRecord } from '../request-record.ts';
import { BodyPump } from './body-pump.ts';
import { ClientResponse } from './client-response.ts';
import { type ReceivedForwarding as Forwarding, planReceived } from './received-plan.ts';
import { recordedRequest } from './recorded-request.ts';
import { requestFields } from './request-fields.ts';
import { interimFields, responseFields } from './response-fields.ts';
import type { Surroundings } from './surroundings.ts';
import { TargetChoice } from './target-choice.ts';
import { type AttemptFailure, UpstreamAttempt } from './upstream-attempt.ts';

/** RFC 9110 9.2.2, of what is forwarded. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

const FAILURE_CODES: Readonly<Record<Exclude<AttemptFailure, 'connect'>, ClientErrorCode>> = {
  stale: 'UpstreamReset',
  unanswered: 'UpstreamReset',
  reset: 'UpstreamReset',
  protocol: 'UpstreamProtocolError',
  timeout: 'BackendRequestTimeout',
  unsendable: 'InternalError',
};

export interface ExchangeListener {
  name: string;
  /** As clients reach it. */
  port: number;
}

export class Exchange {
  readonly #surroundings: Surroundings;
  readonly #listener: ExchangeListener;
  readonly #request: IncomingMessage;
  readonly #client: ClientResponse;
  readonly #record: RequestRecord;
  readonly #onClose: () => void;
  #attempt: UpstreamAttempt | undefined;
  #requestBody: BodyPump | undefined;
  #responseBody: BodyPump | undefined;
  #requestTimer: NodeJS.Timeout | undefined;
  #interimResponses = 0;
  #ownBytes = 0;
  /** The client waits for a 100 before it sends its body. */
  #awaitsContinue = false;
  /** It has been sent a second time, to another endpoint, since the first ended the connection without a word. */
  #sentAgain = false;
  /** The backend's response went over whole, and the request's body before it. */
  #upstreamDone = false;

  /** `onClose` is called once, when the response has ended in whatever way. */
  constructor(
    surroundings: Surroundings,
    listener: ExchangeListener,
    request: IncomingMessage,
    response: ServerResponse,
    onClose: () => void,
  ) {
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#request = request;
    this.#client = new ClientResponse(request, response, surroundings.limits);
    this.#record = new RequestRecord(surroundings, recordedRequest(request, listener.name));
    this.#onClose = onClose;
    response.once('close', () => this.#closed());
  }

  start(): void {
    const { gateway, via, limits } = this.#surroundings;
    const plan = planReceived(this.#request, {
      listener: this.#listener,
      gateway: gateway(),
      via,
      maxHeadFields: limits.maxHeadFields,
    });
    const { entry } = this.#record;
    entry.route = plan.route?.name ?? '';
    this.#awaitsContinue = this.#request.headers.expect !== undefined;
    if (plan.kind === 'refuse') this.refuse(plan.code);
    else if (plan.kind === 'forward') this.#forward(plan);
    else {
      entry.status = plan.status;
      this.#closeIfDue();
      this.#client.answer(redirectAnswer(plan.status, plan.location, entry.requestId));
    }
  }

  /** Answers with an error, or breaks off where a response has begun. */
  refuse(code: ClientErrorCode): void {
    this.#record.because(code);
    this.#letGoOfUpstream();
    if (this.#client.begun) {
      this.#client.breakOff();
      return;
    }
    this.#closeIfDue();
    const answer = errorAnswer(code, this.#record.entry.requestId, this.#request.headers.accept);
    this.#ownBytes = answer.body.length;
    this.#client.answer(answer);
  }

  /** The rest of the request can't be read, as it is not well-formed or did not come in time. */
  refuseRest(code: ClientErrorCode): void {
    this.#client.close();
    this.refuse(code);
    this.#client.stream.end();
  }

  get begun(): boolean {
    return this.#client.begun;
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  #forward(plan: Forwarding): void {
    const { requestMs } = plan.route.timeouts;
    this.#record.entry.backend = plan.backend.name;
    this.#awaitsContinue = plan.head.expectsContinue;
    if (requestMs > 0) this.#requestTimer = setTimeout(() => this.refuse('RequestTimeout'), requestMs);
    this.#tryNext(plan, new TargetChoice(plan.backend, this.#surroundings.limits));
  }

  /** `reason`: what is said where no endpoint is left; default: what the choice says. */
  #tryNext(plan: Forwarding, choice: TargetChoice, reason?: ClientErrorCode): void {
    const target = choice.next();
    if (target === undefined) this.refuse(reason ?? choice.reason);
    else this.#try(plan, target, false, (why) => this.#tryNext(plan, choice, why));
  }

  /** `fresh`: on a new connection. */
  #try(
    plan: Forwarding,
    target: Target,
    fresh: boolean,
    tryAnother: (reason?: ClientErrorCode) => void,
  ): void {
    const { head, route } = plan;
    const { entry } = this.#record;
    entry.target = target.key;
    const fields = requestFields({
      head,
      rawHeaders: this.#request.rawHeaders,
      route,
      host: plan.host ?? target.key,
      clientAddress: entry.clientAddress,
      listenerPort: this.#listener.port,
      requestId: entry.requestId,
      via: this.#surroundings.via.request,
    });
    const repeatable = head.body === 'none' && IDEMPOTENT.has(head.method);
    const message = { method: head.method, path: plan.path, fields, repeatable, fresh };
    const attempt = new UpstreamAttempt(
      this.#surroundings,
      target,
      message,
      route.timeouts.backendRequestMs,
      {
        connected: () => this.#sendBody(attempt, head.body !== 'none'),
        continued: () => this.#continue(),
        interim: (information) => this.#passInterim(information),
        response: (response) => this.#respond(plan, response),
        failed: (failure) => {
          if (failure === 'connect') this.#retry(tryAnother);
          else if (failure === 'stale' && repeatable)
            this.#retry(() => this.#try(plan, target, true, tryAnother));
          else if (failure === 'unanswered' && repeatable && !this.#sentAgain) {
            // An endpoint that ends closes its listener on connections that nobody has accepted yet. Once only: a
            // request that its backend dies of must not go through all of them.
            this.#sentAgain = true;
            this.#retry(() => tryAnother('UpstreamReset'));
          } else this.refuse(FAILURE_CODES[failure]);
        },
      },
    );
    this.#attempt = attempt;
    if (head.body === 'none') attempt.request?.end();
  }

  #retry(again: () => void): void {
    this.#surroundings.counters.upstreamRetries++;
    again();
  }

  /** Not before the connection stands: what is read from the client can't be sent a second time. */
  #sendBody(attempt: UpstreamAttempt, hasBody: boolean): void {
    const sink = attempt.request;
    if (!hasBody || sink === undefined) return;
    flushHeadSoon(sink);
    this.#requestBody = new BodyPump(this.#request, sink, this.#surroundings.limits.requestBodyIdleMs, {
      progress: () => attempt.bodyProgress(),
      ended: () => {
        this.#requestBody = undefined;
        const trailers = forwardableTrailers(this.#request.rawTrailers);
        if (trailers.length > 0) sink.addTrailers(trailers);
        sink.end();
      },
      // The response's 'close' comes too, and cleans up.
      broken: () => {},
      stalled: (sinkIsFull) => this.refuse(sinkIsFull ? 'BackendRequestTimeout' : 'RequestBodyTimeout'),
    });
  }

  #continue(): void {
    if (!this.#awaitsContinue || this.#client.begun) return;
    this.#awaitsContinue = false;
    this.#client.stream.writeContinue();
  }

  #passInterim({ statusCode, rawHeaders }: InformationEvent): void {
    // An HTTP/1.0 client does not know of them (RFC 9110 15.2), and a 100 goes its own way.
    if (this.#request.httpVersion !== '1.1' || statusCode < 102 || this.#client.begun) return;
    if (++this.#interimResponses > this.#surroundings.limits.maxInterimResponses) return;
    this.#client.stream.writeInformation(statusCode, interimFields(rawHeaders, statusCode));
  }

  #respond(plan: Forwarding, upstream: IncomingMessage): void {
    // An 'error' of a response that is given up would end the process.
    upstream.on('error', () => {});
    const status = upstream.statusCode ?? 0;
    const coding = upstream.headers['transfer-encoding']?.toLowerCase() ?? 'chunked';
    this.#closeIfDue();
    const fields = responseFields({
      rawHeaders: upstream.rawHeaders,
      statusCode: status,
      edit: plan.route.responseHeaders,
      requestId: this.#record.entry.requestId,
      via: this.#surroundings.via.response,
      trailersPossible: this.#goesOutChunked(upstream, status),
    });
    // Any other coding is left in the body, and the client is not told of it (RFC 9112 6.1: nobody has offered one).
    const readable = status >= 200 && coding === 'chunked';
    if (!readable || !this.#client.writeHead(status, upstream.statusMessage ?? '', fields)) {
      this.refuse('UpstreamProtocolError');
      return;
    }
    this.#record.entry.status = status;
    this.#responseBody = new BodyPump(
      upstream,
      this.#client.stream,
      this.#surroundings.limits.responseBodyIdleMs,
      {
        ended: () => this.#finishResponse(upstream),
        broken: () => this.refuse('UpstreamAborted'),
        stalled: (sinkIsFull) => this.refuse(sinkIsFull ? 'ClientClosed' : 'UpstreamAborted'),
      },
    );
    flushHeadSoon(this.#client.stream);
  }

  #goesOutChunked(upstream: IncomingMessage, status: number): boolean {
    const hasBody = this.#request.method !== 'HEAD' && status !== 204 && status !== 304;
    return hasBody && this.#request.httpVersion === '1.1' && upstream.headers['content-length'] === undefined;
  }

  #finishResponse(upstream: IncomingMessage): void {
    // The backend answered early: it won't read the rest, and its connection can't be used again.
    if (this.#requestBody === undefined) this.#upstreamDone = true;
    else this.#letGoOfUpstream();
    this.#client.end(upstream.rawTrailers);
  }

  /** A client that waits for a 100 and gets a response may send the body all the same, or not: the end is the only sync. */
  #closeIfDue(): void {
    if (this.#surroundings.draining || (this.#awaitsContinue && !this.#request.complete))
      this.#client.close();
  }

  #letGoOfUpstream(): void {
    clearTimeout(this.#requestTimer);
    this.#requestBody?.stop();
    this.#responseBody?.stop();
    if (!this.#upstreamDone) this.#attempt?.abort();
  }

  #closed(): void {
    this.#letGoOfUpstream();
    if (!this.#client.stream.writableFinished) this.#record.because('ClientClosed');
    this.#record.finish(this.#responseBody?.bytes ?? this.#ownBytes);
    this.#onClose();
  }
}

/** A head whose body is long in coming must not wait for it. Most bodies are there already, and take it along. */
function flushHeadSoon(message: OutgoingMessage): void {
  setImmediate(flushHead, message);
}

function flushHead(message: OutgoingMessage): void {
  if (!message.writableEnded && !message.destroyed) message.flushHeaders();
}
