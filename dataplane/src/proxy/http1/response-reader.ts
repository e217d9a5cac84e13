/** Reads response heads and refuses every one whose end or meaning the client could read in another way. */
import { addConnectionOptions, isHopByHop } from '../fields.ts';
import { CR, FIELD_VALUE, LF, SP } from './characters.ts';
import { FieldKind } from './field-kinds.ts';
import { DROPPED, FieldLines, INCOMPLETE } from './field-lines.ts';
import { Framing, readCoding, readLength } from './framing.ts';
import { ResponseHead } from './response-head.ts';

export interface ResponseReaderLimits {
  maxHeadBytes: number;
  maxResponseFields: number;
}

export const REFUSED = -4;

const VERSION = 'HTTP/1.';
/** `HTTP/1.1 200 `: RFC 9112 4 wants the space even where no reason follows. */
const PREFIX_LENGTH = 13;
const ZERO = 0x30;

export class ResponseReader {
  head = new ResponseHead();
  readonly #limits: ResponseReaderLimits;
  readonly #fields: FieldLines;
  #options: Set<string> | undefined;
  #minor = 1;

  constructor(limits: ResponseReaderLimits) {
    this.#limits = limits;
    this.#fields = new FieldLines(limits.maxResponseFields);
  }

  /** Where the body begins: then `head` is a new head; or INCOMPLETE or REFUSED. `method`: of the request. */
  read(bytes: Buffer, start: number, end: number, method: string): number {
    const at = this.#readAll(bytes, start, end, method);
    const length = (at < 0 ? end : at) - start;
    if (at === INCOMPLETE) return length > this.#limits.maxHeadBytes ? REFUSED : INCOMPLETE;
    return at < 0 || length > this.#limits.maxHeadBytes ? REFUSED : at;
  }

  #readAll(bytes: Buffer, start: number, end: number, method: string): number {
    const line = this.#readStatusLine(bytes, start, end);
    if (line < 0) return line;
    this.#fields.begin(line);
    const at = this.#fields.scan(bytes, end);
    if (at < 0) return at;
    if (!this.#readFields() || !this.#settleFraming(method)) return REFUSED;
    this.#select();
    return at;
  }

  #readStatusLine(bytes: Buffer, start: number, end: number): number {
    for (let index = 0; index < VERSION.length; index++) {
      if (start + index === end) return INCOMPLETE;
      if (bytes[start + index] !== VERSION.charCodeAt(index)) return REFUSED;
    }
    if (end - start < PREFIX_LENGTH) return INCOMPLETE;
    const at = start + VERSION.length;
    const minor = bytes[at]! - ZERO;
    const status = (bytes[at + 2]! - ZERO) * 100 + (bytes[at + 3]! - ZERO) * 10 + bytes[at + 4]! - ZERO;
    const digits = isDigit(bytes[at + 2]!) && isDigit(bytes[at + 3]!) && isDigit(bytes[at + 4]!);
    if (minor < 0 || minor > 1 || !digits || status < 100 || status > 599) return REFUSED;
    if (bytes[at + 1] !== SP || bytes[at + 5] !== SP) return REFUSED;
    let last = start + PREFIX_LENGTH;
    while (last < end && FIELD_VALUE[bytes[last]!] === 1) last++;
    if (last === end) return INCOMPLETE;
    if (bytes[last] !== CR) return REFUSED;
    if (last + 1 === end) return INCOMPLETE;
    if (bytes[last + 1] !== LF) return REFUSED;
    this.head = new ResponseHead();
    this.head.status = status;
    this.head.reason = reasonOf(bytes, start + PREFIX_LENGTH, last);
    this.#minor = minor;
    return last + 2;
  }

  #readFields(): boolean {
    const { head } = this;
    const fields = this.#fields;
    const { kind, count } = fields;
    this.#options = undefined;
    head.framing = Framing.untilClose;
    head.keepsConnection = this.#minor === 1;
    for (let field = 0; field < count; field++) {
      switch (kind[field]) {
        case FieldKind.ordinary:
          break;
        case FieldKind.contentLength: {
          const length = readLength(fields.value(field));
          // RFC 9112 6.3: differing lengths are an error; equal ones may be refused.
          if (length === undefined || head.hasLength) return false;
          head.hasLength = true;
          head.length = length;
          break;
        }
        case FieldKind.transferEncoding:
          // RFC 9112 6.1: nobody has offered the backend any coding but chunked, and HTTP/1.0 has none.
          if (this.#minor === 0 || head.framing === Framing.chunked) return false;
          if (readCoding(fields.value(field)) !== 'chunked') return false;
          head.framing = Framing.chunked;
          break;
        case FieldKind.connection:
          if (fields.value(field) !== 'keep-alive')
            this.#options = addConnectionOptions(this.#options, fields.value(field));
          break;
        case FieldKind.keepAlive:
          head.keepAliveSeconds = Number(/(?:^|[,\s])timeout=(\d{1,6})/i.exec(fields.value(field))?.[1] ?? 0);
          break;
        case FieldKind.date:
          head.hasDate = true;
          break;
        case FieldKind.upgrade:
          head.upgrade = fields.value(field).toLowerCase();
          break;
        case FieldKind.trailer:
          head.trailer += `Trailer: ${fields.value(field)}\r\n`;
          break;
      }
    }
    if (this.#options?.has('close')) head.keepsConnection = false;
    if (head.hasLength) {
      if (head.framing === Framing.chunked) return false;
      head.framing = Framing.counted;
    }
    return true;
  }

  /** RFC 9112 6.3: what has no body, whatever its fields say. A coding where none may stand (6.1) is refused. */
  #settleFraming(method: string): boolean {
    const { head } = this;
    const { status } = head;
    const bodyless = status < 200 || status === 204;
    if (bodyless && head.framing === Framing.chunked) return false;
    if (bodyless || status === 304 || method === 'HEAD') head.framing = Framing.none;
    return true;
  }

  /** Marks what does not go on to the client. */
  #select(): void {
    const fields = this.#fields;
    for (let field = 0; field < fields.count; field++) {
      if (!this.#goesOn(field)) fields.kind[field] = DROPPED;
    }
    this.head.passed = fields.keptText();
  }

  #goesOn(field: number): boolean {
    switch (this.#fields.kind[field]) {
      case FieldKind.contentLength:
        // RFC 9110 8.6: neither may carry it, and a client that believes it waits for a body.
        return this.head.status >= 200 && this.head.status !== 204;
      case FieldKind.ordinary:
      case FieldKind.date:
      case FieldKind.via:
      case FieldKind.vouchedFor:
      case FieldKind.host:
      case FieldKind.expect:
        return this.#options === undefined || !isHopByHop(this.#fields.name(field), this.#options);
      default:
        return false;
    }
  }
}

function reasonOf(bytes: Buffer, start: number, end: number): string {
  if (end - start === 2 && bytes[start] === 0x4f && bytes[start + 1] === 0x4b) return 'OK';
  return bytes.toString('latin1', start, end);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
