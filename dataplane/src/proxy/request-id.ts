/** The id that names one request in every log on its way. */
import { randomFillSync } from 'node:crypto';

const SANE = /^[A-Za-z0-9._~+/=:@-]{1,128}$/;

/** The client's own id where it is one that can stand in any log, else a new one. */
export function requestIdFrom(received: string | string[] | undefined): string {
  return typeof received === 'string' && SANE.test(received) ? received : ids.next();
}

/** Random UUIDs (RFC 9562 5.4), made many at a time and as one text each: an id is written three times a request. */
class RequestIds {
  static readonly #COUNT = 128;
  static readonly #BYTES = 16;
  static readonly #LENGTH = 36;
  static readonly #HEX = Buffer.from('0123456789abcdef');
  static readonly #DASH = 0x2d;
  readonly #random = Buffer.alloc(RequestIds.#COUNT * RequestIds.#BYTES);
  readonly #written = Buffer.alloc(RequestIds.#COUNT * RequestIds.#LENGTH);
  #text = '';
  #at = 0;

  next(): string {
    if (this.#at === this.#text.length) this.#refill();
    const at = this.#at;
    this.#at += RequestIds.#LENGTH;
    return this.#text.slice(at, this.#at);
  }

  #refill(): void {
    randomFillSync(this.#random);
    for (let id = 0; id < RequestIds.#COUNT; id++) this.#write(id);
    this.#text = this.#written.toString('latin1');
    this.#at = 0;
  }

  #write(id: number): void {
    const from = id * RequestIds.#BYTES;
    let to = id * RequestIds.#LENGTH;
    this.#random[from + 6] = (this.#random[from + 6]! & 0x0f) | 0x40;
    this.#random[from + 8] = (this.#random[from + 8]! & 0x3f) | 0x80;
    for (let at = 0; at < RequestIds.#BYTES; at++) {
      if (at === 4 || at === 6 || at === 8 || at === 10) this.#written[to++] = RequestIds.#DASH;
      const byte = this.#random[from + at]!;
      this.#written[to++] = RequestIds.#HEX[byte >> 4]!;
      this.#written[to++] = RequestIds.#HEX[byte & 0x0f]!;
    }
  }
}

const ids = new RequestIds();
