/** The client's side of an exchange: every way in which a response begins and ends. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../answer.ts';
import { type Fields, forwardableTrailers } from '../fields.ts';
import type { EngineLimits } from '../limits.ts';

export class ClientResponse {
  readonly stream: ServerResponse;
  readonly #request: IncomingMessage;
  readonly #limits: EngineLimits;
  /** The connection ends after this response, and the response says so. */
  #closing = false;

  constructor(request: IncomingMessage, response: ServerResponse, limits: EngineLimits) {
    this.#request = request;
    this.stream = response;
    this.#limits = limits;
    // Without a listener an 'error' of the client's end would end the process.
    request.on('error', ignore);
    response.on('error', ignore);
  }

  get begun(): boolean {
    return this.stream.headersSent;
  }

  /** Nothing more can be read from this client: the connection ends with the response. */
  close(): void {
    this.#closing = true;
  }

  /** False where node:http finds that this can't be written as HTTP; nothing was sent then. */
  writeHead(status: number, message: string, fields: Fields): boolean {
    // RFC 9112 6.1: no coding for a client of HTTP/1.0, whatever its TE says. Without a length, the end is the end.
    if (this.#request.httpVersion === '1.0') this.stream.removeHeader('Transfer-Encoding');
    if (this.#closing) fields.push('Connection', 'close');
    try {
      this.stream.writeHead(status, message, fields);
      return true;
    } catch {
      return false;
    }
  }

  answer({ status, fields, body }: Answer): void {
    this.stream.writeHead(status, this.#closing ? [...fields, 'Connection', 'close'] : fields);
    this.stream.write(body);
    this.end();
  }

  /**
   * Ends the response. Where the request's body is still coming, its rest is read and dropped for a while: a close
   * with unread bytes resets the connection, and the client may lose the response it was sent.
   */
  end(rawTrailers: Readonly<Fields> = []): void {
    const trailers = forwardableTrailers(rawTrailers);
    if (trailers.length > 0 && this.stream.chunkedEncoding) this.stream.addTrailers(trailers);
    if (this.#request.complete || this.#request.destroyed) this.#endNow();
    else this.#linger();
  }

  /** The client sees that the response is not complete; one of HTTP/1.0 would take a plain end for that of the body. */
  breakOff(): void {
    const { httpVersion, socket } = this.#request;
    if (httpVersion === '1.0') socket.resetAndDestroy();
    else socket.destroy();
  }

  #endNow(): void {
    this.stream.end();
    // What the client does not read stays in memory; without a deadline it would stay for ever.
    const timer = setTimeout(() => this.breakOff(), this.#limits.responseBodyIdleMs);
    this.stream.once('close', () => clearTimeout(timer));
  }

  #linger(): void {
    const { socket } = this.#request;
    const timer = setTimeout(() => this.breakOff(), this.#limits.lingerMs);
    const stopWaiting = (): void => clearTimeout(timer);
    // node:http does not always tell the request that its connection has gone.
    socket.once('close', stopWaiting);
    this.#request.once('end', () => {
      stopWaiting();
      socket.off('close', stopWaiting);
      if (!this.stream.writableEnded) this.#endNow();
    });
    this.#request.resume();
    // With `Connection: close` node:http closes at the end of the response, so that has to wait.
    if (this.#closing) this.stream.flushHeaders();
    else this.#endNow();
  }
}

function ignore(): void {}
