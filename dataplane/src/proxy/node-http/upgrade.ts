/** One WebSocket from its handshake to the end of both connections. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Target } from '../../upstreams/backend.ts';
import { errorAnswer, lastWords, redirectAnswer } from '../answer.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import { RequestRecord } from '../request-record.ts';
import { connectTo } from './endpoint-connection.ts';
import type { ExchangeListener } from './exchange.ts';
import { lingeringClose, sayAndClose } from './lingering-close.ts';
import { type ReceivedForwarding as Forwarding, planReceived } from './received-plan.ts';
import { recordedRequest } from './recorded-request.ts';
import { upgradeFields } from './request-fields.ts';
import { responseFields, switchingFields } from './response-fields.ts';
import type { Surroundings } from './surroundings.ts';
import { TargetChoice } from './target-choice.ts';
import type { WebSocketProxy } from './websocket-proxy.ts';

/** Milliseconds of silence after which TCP finds out whether the peer is still there. */
const KEEP_ALIVE_PROBE_MS = 15_000;

/** RFC 9110 7.8: any other upgrade is ignored, and the request served as the plain one that it is as well. */
export function asksForWebSocket(request: IncomingMessage): boolean {
  const { method, httpVersion, headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return (
    method === 'GET' && httpVersion === '1.1' && !hasBody && headers.upgrade?.toLowerCase() === 'websocket'
  );
}

export class Upgrade {
  readonly #surroundings: Surroundings;
  readonly #listener: ExchangeListener;
  readonly #request: IncomingMessage;
  readonly #client: Socket;
  readonly #clientHead: Buffer;
  readonly #proxy: WebSocketProxy;
  readonly #record: RequestRecord;
  readonly #onClose: () => void;
  readonly #bytesBefore: number;
  #upstream: Socket | undefined;
  #target: Target | undefined;
  #timer: NodeJS.Timeout | undefined;
  #upgraded = false;
  #answered = false;

  /** `onClose` is called once, when the client's connection has ended. */
  constructor(
    surroundings: Surroundings,
    listener: ExchangeListener,
    request: IncomingMessage,
    client: Socket,
    clientHead: Buffer,
    proxy: WebSocketProxy,
    onClose: () => void,
  ) {
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#request = request;
    this.#client = client;
    this.#clientHead = clientHead;
    this.#proxy = proxy;
    this.#onClose = onClose;
    this.#bytesBefore = client.bytesWritten;
    this.#record = new RequestRecord(surroundings, recordedRequest(request, listener.name));
    // node:http has taken its own listeners off: a client that resets now would end the process.
    client.on('error', () => client.destroy());
    client.once('close', () => this.#closed());
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
    if (plan.kind === 'refuse') this.refuse(plan.code);
    else if (plan.kind === 'forward') this.#forward(plan);
    else {
      entry.status = plan.status;
      this.#say(lastWords(redirectAnswer(plan.status, plan.location, entry.requestId)));
    }
  }

  /** Answers the handshake with an error; after it, breaks the connection off. */
  refuse(code: ClientErrorCode): void {
    this.#record.because(code);
    if (this.#answered) {
      // After a refusal of the backend a plain end would be the end of its body.
      this.#client.resetAndDestroy();
      return;
    }
    this.#say(lastWords(errorAnswer(code, this.#record.entry.requestId, this.#request.headers.accept)));
  }

  /** The instance ends. */
  end(): void {
    if (!this.#upgraded) {
      this.refuse('Stopped');
      return;
    }
    this.#record.because('Stopped');
    this.#closeBoth();
  }

  destroy(): void {
    this.#client.destroy();
  }

  #forward(plan: Forwarding): void {
    const { entry } = this.#record;
    entry.backend = plan.backend.name;
    const { requestMs, backendRequestMs } = plan.route.timeouts;
    const handshakeMs = Math.min(requestMs || Number.POSITIVE_INFINITY, backendRequestMs || requestMs);
    if (handshakeMs > 0) this.#timer = setTimeout(() => this.refuse('BackendRequestTimeout'), handshakeMs);
    this.#tryNext(plan, new TargetChoice(plan.backend, this.#surroundings.limits));
  }

  #tryNext(plan: Forwarding, choice: TargetChoice): void {
    const { targets, limits, counters } = this.#surroundings;
    const target = choice.next();
    if (target === undefined) {
      this.refuse(choice.reason);
      return;
    }
    this.#target = target;
    this.#record.entry.target = target.key;
    target.inFlight++;
    this.#upstream = connectTo(target, limits.connectTimeoutMs, {
      connected: () => {
        targets.connected(target);
        this.#shakeHands(plan, target);
      },
      failed: () => {
        targets.connectFailed(target);
        this.#releaseTarget();
        if (this.#answered || this.#client.destroyed) return;
        counters.upstreamRetries++;
        this.#tryNext(plan, choice);
      },
    });
  }

  #shakeHands(plan: Forwarding, target: Target): void {
    const upstream = this.#upstream!;
    const { entry } = this.#record;
    const fields = upgradeFields({
      head: plan.head,
      rawHeaders: this.#request.rawHeaders,
      route: plan.route,
      host: plan.host ?? target.key,
      clientAddress: entry.clientAddress,
      listenerPort: this.#listener.port,
      requestId: entry.requestId,
      via: this.#surroundings.via.request,
    });
    const handshake = {
      path: plan.path,
      fields,
      client: this.#client,
      clientHead: this.#clientHead,
      upstream,
    };
    try {
      this.#proxy.open(handshake, {
        switched: (response) => this.#switched(plan, response),
        refused: (response) => this.#passRefusal(plan, response),
        failed: (error) => {
          if (this.#upgraded) this.#closeLater();
          else this.refuse(error.code?.startsWith('HPE_') ? 'UpstreamProtocolError' : 'UpstreamReset');
        },
      });
    } catch (error) {
      this.#surroundings.log.error({ err: error }, 'a request failed in the gateway');
      this.refuse('InternalError');
    }
  }

  #switched(plan: Forwarding, response: IncomingMessage): string[] {
    clearTimeout(this.#timer);
    this.#answered = true;
    this.#upgraded = true;
    this.#record.entry.status = 101;
    this.#record.count();
    this.#surroundings.counters.upgraded++;
    const upstream = this.#upstream!;
    // After http-proxy's own setting, which is the system's: two hours.
    setImmediate(() => {
      for (const socket of [this.#client, upstream]) socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    });
    // One side has ended and the pipes end the other; a peer that ignores it does not keep the connection.
    upstream.once('end', () => this.#closeLater());
    this.#client.once('end', () => this.#closeLater());
    upstream.once('close', () => this.#client.destroySoon());
    return switchingFields(this.#responseContext(plan, response, 101));
  }

  /** The backend's own answer, its body as long as it is: the end of the connection ends it. */
  #passRefusal(plan: Forwarding, response: IncomingMessage): void {
    clearTimeout(this.#timer);
    const status = response.statusCode ?? 502;
    response.on('error', () => {});
    if (this.#answered || this.#client.destroyed) return;
    this.#answered = true;
    this.#record.entry.status = status;
    const fields = responseFields(this.#responseContext(plan, response, status));
    this.#client.write(lastWords({ status, fields, body: Buffer.alloc(0) }));
    response.pipe(this.#client, { end: false });
    response.once('close', () => {
      if (response.complete) lingeringClose(this.#client, this.#surroundings.limits.lingerMs);
      else this.refuse('UpstreamAborted');
    });
    this.#timer = setTimeout(
      () => this.refuse('UpstreamAborted'),
      this.#surroundings.limits.responseBodyIdleMs,
    );
  }

  #responseContext(plan: Forwarding, { rawHeaders }: IncomingMessage, statusCode: number) {
    return {
      rawHeaders,
      statusCode,
      edit: plan.route.responseHeaders,
      requestId: this.#record.entry.requestId,
      via: this.#surroundings.via.response,
      trailersPossible: false,
    };
  }

  #say(words: Buffer): void {
    this.#answered = true;
    clearTimeout(this.#timer);
    this.#upstream?.destroy();
    sayAndClose(this.#client, words, this.#surroundings.limits.lingerMs);
  }

  #closeBoth(): void {
    const upstream = this.#upstream!;
    upstream.unpipe(this.#client);
    this.#client.unpipe(upstream);
    lingeringClose(upstream, this.#surroundings.limits.lingerMs);
    lingeringClose(this.#client, this.#surroundings.limits.lingerMs);
  }

  #closeLater(): void {
    clearTimeout(this.#timer);
    if (this.#client.destroyed) return;
    this.#timer = setTimeout(() => this.#client.destroy(), this.#surroundings.limits.lingerMs);
  }

  #releaseTarget(): void {
    if (this.#target === undefined) return;
    this.#target.inFlight--;
    this.#target = undefined;
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#upstream?.destroy();
    this.#releaseTarget();
    if (this.#upgraded) this.#surroundings.counters.upgraded--;
    if (!this.#answered) this.#record.because('ClientClosed');
    this.#record.finish(this.#client.bytesWritten - this.#bytesBefore);
    this.#onClose();
  }
}
