/** What one client is told of its request: heads, body, and how the connection goes on after it. */
import type { CompiledRoute } from '../routing/compiled-route.ts';
import type { Answer } from './answer.ts';
import type { ClientConnection } from './client-connection.ts';
import type { EngineContext } from './engine-context.ts';
import type { Fields } from './fields.ts';
import { Framing } from './http1/framing.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import { answerText, interimText, lastChunk, responseText, switchingText } from './message-text.ts';
import type { RequestRecord } from './request-record.ts';

export class ClientResponse {
  /** The final head is said. */
  begun = false;
  /** Of the body, without its framing. */
  bytes = 0;
  /** The connection ends with the response. */
  closes: boolean;
  /** The client waits for a 100 before it sends its body. */
  awaitsContinue: boolean;
  readonly #context: EngineContext;
  readonly #client: ClientConnection;
  readonly #head: RequestHead;
  readonly #record: RequestRecord;
  #chunked = false;
  /** The end of the connection is the end of the body. */
  #closeDelimited = false;
  #interims = 0;

  constructor(context: EngineContext, client: ClientConnection, head: RequestHead, record: RequestRecord) {
    this.#context = context;
    this.#client = client;
    this.#head = head;
    this.#record = record;
    this.closes = !head.keepsConnection;
    this.awaitsContinue = head.expectsContinue;
  }

  interim(head: ResponseHead): void {
    // An HTTP/1.0 client does not know of them (RFC 9110 15.2).
    if (this.begun || this.#head.minor === 0) return;
    if (head.status === 100) {
      if (!this.awaitsContinue) return;
      this.awaitsContinue = false;
    } else if (++this.#interims > this.#context.limits.maxInterimResponses) return;
    this.#client.out.text(interimText(head));
    this.#client.out.flush();
  }

  /** Throws where a filter's value can't be written as HTTP; nothing is said then. */
  begin(head: ResponseHead, route: CompiledRoute): void {
    const { minor, asksForWebSocket } = this.#head;
    const hasEnd = head.framing === Framing.none || head.framing === Framing.counted;
    // RFC 9112 6.1: no coding for a client of HTTP/1.0, whatever its TE says.
    const takesChunks = minor === 1 && !asksForWebSocket;
    this.#chunked = !hasEnd && takesChunks;
    this.#closeDelimited = !hasEnd && !takesChunks;
    this.#settleClose();
    this.#client.out.text(responseText(head, this.#surroundings(head, route)));
    this.begun = true;
  }

  /** Opens the WebSocket. */
  switch(head: ResponseHead, route: CompiledRoute): void {
    this.#client.out.text(switchingText(head, this.#surroundings(head, route)));
    this.#client.out.flush();
  }

  data(bytes: Buffer, from: number, to: number, stable: boolean): void {
    const { out } = this.#client;
    this.bytes += to - from;
    if (!this.#chunked) {
      out.bytes(bytes, from, to, stable);
      return;
    }
    out.text(`${(to - from).toString(16)}\r\n`);
    out.bytes(bytes, from, to, stable);
    out.text('\r\n');
  }

  end(trailers: Readonly<Fields>): void {
    if (this.#chunked) this.#client.out.text(lastChunk(trailers));
    this.#client.out.flush();
  }

  /** An answer of the gateway's own, whole. */
  answer(answer: Answer): void {
    const { out } = this.#client;
    this.#settleClose();
    this.begun = true;
    out.text(answerText(answer, this.#context.date.at(performance.now()), this.closes));
    if (this.#head.method !== 'HEAD') {
      this.bytes = answer.body.length;
      out.bytes(answer.body, 0, answer.body.length, true);
    }
    out.flush();
  }

  /** The client sees that the response is not complete, also where its end would be the end of the connection. */
  breakOff(): void {
    if (this.#closeDelimited) this.#client.reset();
    else this.#client.destroy();
  }

  /**
   * A client that waits for a 100 and gets a response may send the body all the same, or not; one that asked for a
   * WebSocket may send frames: the end is the only sync.
   */
  #settleClose(): void {
    this.closes ||= this.#context.draining || this.awaitsContinue || this.#head.asksForWebSocket;
  }

  #surroundings(head: ResponseHead, route: CompiledRoute) {
    const { via, date } = this.#context;
    return {
      route,
      requestId: this.#record.entry.requestId,
      via: via.response,
      date: head.hasDate ? '' : date.at(performance.now()),
      goesOutChunked: this.#chunked,
      closes: this.closes,
    };
  }
}
