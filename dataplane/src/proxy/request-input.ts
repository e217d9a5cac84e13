/** What a client has sent and nobody has used yet: heads and bodies are read off it. */

import type { Fields } from './fields.ts';
import { type BodySink, ChunkedBody } from './http1/chunked-body.ts';
import { INCOMPLETE } from './http1/field-lines.ts';
import { Framing } from './http1/framing.ts';
import type { RequestHead } from './http1/request-head.ts';
import { RequestReader } from './http1/request-reader.ts';
import type { EngineLimits } from './limits.ts';

const NO_TRAILERS: Readonly<Fields> = [];

export class RequestInput {
  readonly #limits: EngineLimits;
  /** Shared by all connections, for heads that come in one piece. */
  readonly #reader: RequestReader;
  /** For a head that comes in pieces. */
  #ownReader: RequestReader | undefined;
  #bytes: Buffer | undefined;
  #at = 0;
  /** Of a counted body. */
  #left = 0;
  #chunked: ChunkedBody | undefined;

  constructor(limits: EngineLimits, reader: RequestReader) {
    this.#limits = limits;
    this.#reader = reader;
  }

  get length(): number {
    return this.#bytes === undefined ? 0 : this.#bytes.length - this.#at;
  }

  add(chunk: Buffer): void {
    const rest = this.take();
    this.#bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
  }

  /** All of it. */
  take(): Buffer | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    this.drop();
    return at === 0 ? bytes : bytes?.subarray(at);
  }

  drop(): void {
    this.#bytes = undefined;
    this.#at = 0;
  }

  /** The reader that has read a head, or has found why it is refused; undefined as long as the head is not complete. */
  readHead(listener: string): RequestReader | undefined {
    const bytes = this.#bytes!;
    const reader = this.#ownReader ?? this.#reader;
    if (this.#ownReader === undefined) reader.begin();
    const at = reader.read(bytes, this.#at, bytes.length, listener);
    if (at === INCOMPLETE) {
      if (this.#ownReader === undefined) this.#beginPieces();
      return undefined;
    }
    this.#ownReader = undefined;
    if (at > 0) {
      this.#consumeTo(at);
      this.#beginBody(reader.head);
    }
    return reader;
  }

  /** Gives what there is of the body to `sink`. False: it is malformed. */
  readBody(sink: BodySink): boolean {
    const bytes = this.#bytes;
    if (bytes === undefined) return true;
    if (this.#chunked !== undefined) {
      const at = this.#chunked.feed(bytes, this.#at, bytes.length, sink);
      if (at >= 0) this.#consumeTo(at);
      return at >= 0;
    }
    const end = Math.min(bytes.length, this.#at + this.#left);
    if (end > this.#at) sink.data(bytes, this.#at, end);
    this.#left -= end - this.#at;
    this.#consumeTo(end);
    return true;
  }

  get isBodyDone(): boolean {
    return this.#chunked === undefined ? this.#left === 0 : this.#chunked.done;
  }

  get trailers(): Readonly<Fields> {
    return this.#chunked?.trailers ?? NO_TRAILERS;
  }

  #beginPieces(): void {
    this.#bytes = this.take();
    this.#ownReader = new RequestReader(this.#limits);
  }

  #beginBody(head: RequestHead): void {
    this.#left = head.length;
    this.#chunked = head.framing === Framing.chunked ? new ChunkedBody(this.#limits.maxHeadBytes) : undefined;
  }

  #consumeTo(at: number): void {
    this.#at = at;
    if (at === this.#bytes!.length) this.drop();
  }
}
