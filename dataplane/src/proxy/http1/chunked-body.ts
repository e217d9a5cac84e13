/** Takes a chunked body apart (RFC 9112 7.1): its data goes on, extensions are dropped, trailers are kept for the end. */
import type { Fields } from '../fields.ts';
import { CR, HEX_VALUE, HTAB, LF, SEMICOLON, SP } from './characters.ts';
import { ChunkExtension } from './chunk-extension.ts';
import { fieldsOf } from './field-text.ts';

export interface BodySink {
  /** A piece of the body; the bytes may change after the call. */
  data(bytes: Buffer, from: number, to: number): void;
}

/** 16^13 bytes are more than can be counted exactly. */
const MAX_SIZE_DIGITS = 12;
/** Bytes of extensions in a whole body. Nobody needs them, and they have been used to tire recipients. */
const MAX_EXTENSION_BYTES = 4_096;
/** A body may be cut as finely as this on average, after a generous beginning: each chunk costs more than its bytes. */
const MIN_AVERAGE_CHUNK = 8;
const FREE_CHUNKS = 65_536;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_END = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILERS = 6;
const DONE = 7;

const TRAILER_LINES = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;

export class ChunkedBody {
  /** Of data. */
  bytes = 0;
  /** As received, once the body is done. */
  trailers: Readonly<Fields> = [];
  readonly #maxTrailerBytes: number;
  readonly #extension = new ChunkExtension();
  #state = SIZE;
  #digits = 0;
  /** Of the current chunk, what has not come yet. */
  #left = 0;
  #chunks = 0;
  #extensionBytes = 0;
  #trailerText = '';

  constructor(maxTrailerBytes: number) {
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /** Where it stopped: at `to`, or behind the body when it is done. -1: malformed, and nothing more is to be fed. */
  feed(bytes: Buffer, from: number, to: number, sink: BodySink): number {
    let at = from;
    while (at < to && this.#state !== DONE) {
      if (this.#state === DATA) {
        const end = Math.min(to, at + this.#left);
        sink.data(bytes, at, end);
        this.bytes += end - at;
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = DATA_CR;
      } else if (!this.#step(bytes[at++]!)) return -1;
    }
    return at;
  }

  #step(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#readSize(byte);
      case EXTENSION:
        return this.#skipExtension(byte);
      case SIZE_END:
        return byte === LF && this.#beginChunk();
      case DATA_CR:
        this.#state = DATA_LF;
        return byte === CR;
      case DATA_LF:
        this.#state = SIZE;
        this.#digits = 0;
        return byte === LF;
      default:
        return this.#readTrailer(byte);
    }
  }

  #readSize(byte: number): boolean {
    const value = HEX_VALUE[byte]!;
    if (value !== 0xff) {
      this.#left = this.#left * 16 + value;
      return ++this.#digits <= MAX_SIZE_DIGITS;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) this.#state = SIZE_END;
    else if (byte === SEMICOLON) {
      this.#state = EXTENSION;
      this.#extension.begin();
    }
    // RFC 9112 7.1.1 lets whitespace stand before the semicolon for the sake of old senders, which nobody has met.
    else return false;
    return true;
  }

  #skipExtension(byte: number): boolean {
    if (byte === CR) this.#state = SIZE_END;
    return this.#extension.step(byte) && ++this.#extensionBytes <= MAX_EXTENSION_BYTES;
  }

  #beginChunk(): boolean {
    this.#state = this.#left === 0 ? TRAILERS : DATA;
    this.#chunks++;
    return this.#chunks * MIN_AVERAGE_CHUNK <= this.bytes + FREE_CHUNKS * MIN_AVERAGE_CHUNK;
  }

  #readTrailer(byte: number): boolean {
    this.#trailerText += String.fromCharCode(byte);
    if (this.#trailerText.length > this.#maxTrailerBytes) return false;
    if (byte !== LF) return byte === CR || byte === HTAB || byte >= SP;
    if (this.#trailerText !== '\r\n' && !this.#trailerText.endsWith('\r\n\r\n')) return true;
    this.#state = DONE;
    if (!TRAILER_LINES.test(this.#trailerText)) return false;
    this.trailers = fieldsOf(this.#trailerText);
    return true;
  }
}
