/** Scans the field lines of a message head, each byte once, and marks where names and values are (RFC 9112 5). */
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TOKEN, UNDERSCORE } from './characters.ts';
import { fieldKind } from './field-kinds.ts';

/** Results of a scan that are no position. */
export const INCOMPLETE = -1;
export const MALFORMED = -2;
export const TOO_MANY = -3;

/** The kind of a field that does not go on. */
export const DROPPED = 255;

export class FieldLines {
  count = 0;
  /** By field. */
  readonly kind: Uint8Array;
  /** All lines, once they were scanned to their end. */
  text = '';
  readonly #maxFields: number;
  readonly #nameStart: Int32Array;
  readonly #nameEnd: Int32Array;
  readonly #valueStart: Int32Array;
  readonly #valueEnd: Int32Array;
  readonly #lineEnd: Int32Array;
  #beginsAt = 0;
  #resumeAt = 0;

  constructor(maxFields: number) {
    this.#maxFields = maxFields;
    this.#nameStart = new Int32Array(maxFields);
    this.#nameEnd = new Int32Array(maxFields);
    this.#valueStart = new Int32Array(maxFields);
    this.#valueEnd = new Int32Array(maxFields);
    this.#lineEnd = new Int32Array(maxFields);
    this.kind = new Uint8Array(maxFields);
  }

  begin(at: number): void {
    this.count = 0;
    this.#beginsAt = at;
    this.#resumeAt = at;
  }

  /**
   * Where the body begins, or why that is not known. After INCOMPLETE it goes on at the line that was not complete, in
   * the same bytes with more behind them.
   */
  scan(bytes: Buffer, end: number): number {
    let at = this.#resumeAt;
    for (;;) {
      this.#resumeAt = at;
      if (at >= end) return INCOMPLETE;
      if (bytes[at] === CR) {
        if (at + 1 === end) return INCOMPLETE;
        if (bytes[at + 1] !== LF) return MALFORMED;
        this.text = bytes.toString('latin1', this.#beginsAt, at);
        return at + 2;
      }
      if (this.count === this.#maxFields) return TOO_MANY;
      at = this.#scanLine(bytes, at, end);
      if (at < 0) return at;
    }
  }

  /**
   * Refused: a line that begins with whitespace, which is the obsolete folding (RFC 9112 5.2) or worse (2.2);
   * whitespace before the colon (5.1); a bare CR, LF or NUL anywhere (RFC 9110 5.5); a name that is no token.
   */
  #scanLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let hasUnderscore = false;
    for (; at < end; at++) {
      const character = TOKEN[bytes[at]!];
      if (character === 0) break;
      if (character === UNDERSCORE) hasUnderscore = true;
    }
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== COLON || at === start) return MALFORMED;
    const nameEnd = at++;
    while (at < end && isWhitespace(bytes[at]!)) at++;
    const valueStart = at;
    while (at < end && FIELD_VALUE[bytes[at]!] === 1) at++;
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== CR) return MALFORMED;
    if (at + 1 === end) return INCOMPLETE;
    if (bytes[at + 1] !== LF) return MALFORMED;
    let valueEnd = at;
    while (valueEnd > valueStart && isWhitespace(bytes[valueEnd - 1]!)) valueEnd--;
    const field = this.count++;
    this.#nameStart[field] = start;
    this.#nameEnd[field] = nameEnd;
    this.#valueStart[field] = valueStart;
    this.#valueEnd[field] = valueEnd;
    this.#lineEnd[field] = at + 2;
    this.kind[field] = fieldKind(bytes, start, nameEnd, hasUnderscore);
    return at + 2;
  }

  /** In lower case. */
  name(field: number): string {
    return this.#slice(this.#nameStart[field]!, this.#nameEnd[field]!).toLowerCase();
  }

  value(field: number): string {
    return this.#slice(this.#valueStart[field]!, this.#valueEnd[field]!);
  }

  /** The lines of the fields whose kind is not DROPPED, cut out of the text in as few pieces as possible. */
  keptText(): string {
    let kept = '';
    let from = this.#beginsAt;
    let to = from;
    for (let field = 0; field < this.count; field++) {
      if (this.kind[field] === DROPPED) continue;
      const start = this.#nameStart[field]!;
      const isPlain = this.#isPlain(field);
      if (to !== start || !isPlain) {
        kept += this.#slice(from, to);
        from = start;
        to = start;
      }
      if (isPlain) to = this.#lineEnd[field]!;
      else kept += `${this.#slice(start, this.#nameEnd[field]!)}: ${this.value(field)}\r\n`;
    }
    return kept + this.#slice(from, to);
  }

  /** Whether the line is written as everybody writes it, `Name: value`, so that it can go over as it is. */
  #isPlain(field: number): boolean {
    const nameEnd = this.#nameEnd[field]!;
    return (
      this.#valueStart[field] === nameEnd + 2 &&
      this.text.charCodeAt(nameEnd + 1 - this.#beginsAt) === SP &&
      this.#lineEnd[field] === this.#valueEnd[field]! + 2
    );
  }

  #slice(from: number, to: number): string {
    return this.text.slice(from - this.#beginsAt, to - this.#beginsAt);
  }
}

function isWhitespace(byte: number): boolean {
  return byte === SP || byte === HTAB;
}
