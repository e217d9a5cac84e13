/** A client's connection: its pipelined requests one after another, and its end when what it sends is not HTTP. */
import type { Socket } from 'node:net';
import { errorAnswer, lastWords } from '../answer.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import type { EngineLimits } from '../limits.ts';
import { requestIdFrom } from '../request-id.ts';
import type { Exchange } from './exchange.ts';
import { sayAndClose } from './lingering-close.ts';

/** Makes and starts an exchange that calls `onClose` when it has ended. */
export type ExchangeMaker = (onClose: () => void) => Exchange;

/** Requests that came and are not answered; who sends more is cut off. */
const MAX_PIPELINED = 32;

export class ClientConnection {
  readonly #socket: Socket;
  readonly #limits: EngineLimits;
  readonly #waiting: ExchangeMaker[] = [];
  #current: Exchange | undefined;
  #lastWords: Buffer | undefined;
  #failed = false;

  constructor(socket: Socket, limits: EngineLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /**
   * node:http hands over pipelined requests as fast as they come. One is begun when the one before has ended: so a
   * response with `Connection: close` leaves none of them half done, and no client multiplies its requests.
   */
  handle(maker: ExchangeMaker): void {
    if (this.#current === undefined) this.#begin(maker);
    else if (!this.#failed && this.#waiting.length < MAX_PIPELINED) this.#waiting.push(maker);
    else this.#socket.destroy();
  }

  /**
   * The parser gave up on what came next. An answer must not fall into the middle of a response that is being sent,
   * nor be taken for the answer to an earlier request. False where it belongs to a request that is known, or was
   * answered already.
   */
  fail(code: ClientErrorCode): boolean {
    if (this.#failed) return false;
    this.#failed = true;
    const current = this.#current;
    if (current !== undefined && !current.requestComplete) {
      current.refuseRest(code);
      return false;
    }
    this.#lastWords = lastWords(errorAnswer(code, requestIdFrom(undefined), undefined));
    if (current === undefined) sayAndClose(this.#socket, this.#lastWords, this.#limits.lingerMs);
    return true;
  }

  /** The instance ends: so does what is being answered, and the connection. */
  end(): void {
    if (this.#current === undefined) this.#socket.destroySoon();
    else this.#current.refuseRest('Stopped');
  }

  #begin(maker: ExchangeMaker): void {
    this.#current = maker(() => {
      this.#current = undefined;
      const next = this.#waiting.shift();
      if (this.#socket.destroyed || this.#socket.writableEnded) this.#waiting.length = 0;
      else if (next !== undefined) this.#begin(next);
      else if (this.#lastWords !== undefined) {
        sayAndClose(this.#socket, this.#lastWords, this.#limits.lingerMs);
      }
    });
  }
}
