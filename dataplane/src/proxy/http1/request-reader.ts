/** Reads request heads and refuses every one that two programs could read in two ways. */
import { canonicalPath } from '../../routing/canonical-path.ts';
import type { ClientErrorCode } from '../client-errors.ts';
import { addConnectionOptions, isHopByHop } from '../fields.ts';
import { Authorities, type Authority, NO_AUTHORITY } from './authority.ts';
import { CR, LF } from './characters.ts';
import { FieldKind } from './field-kinds.ts';
import { DROPPED, FieldLines, INCOMPLETE, MALFORMED, TOO_MANY } from './field-lines.ts';
import { Framing, readCoding, readLength } from './framing.ts';
import { RequestHead } from './request-head.ts';
import { RequestLine } from './request-line.ts';

export interface RequestReaderLimits {
  maxHeadBytes: number;
  maxHeadFields: number;
  maxTargetBytes: number;
}

export const REFUSED = -4;

const ABSOLUTE_FORM = /^http:\/\/([^/?]*)(.*)$/i;
const SLASH = 0x2f;

export class RequestReader {
  head = new RequestHead();
  /** Why the head is refused. */
  refusal: ClientErrorCode | undefined;
  readonly #limits: RequestReaderLimits;
  readonly #authorities: Authorities;
  readonly #line: RequestLine;
  readonly #fields: FieldLines;
  /** Where the field lines of the head begin; 0 as long as its first line is not complete. */
  #fieldsAt = 0;
  #options: Set<string> | undefined;
  #host: Authority = NO_AUTHORITY;

  constructor(limits: RequestReaderLimits, authorities = new Authorities()) {
    this.#limits = limits;
    this.#authorities = authorities;
    this.#line = new RequestLine(limits.maxTargetBytes);
    this.#fields = new FieldLines(limits.maxHeadFields);
  }

  /** What is read next is the beginning of a head. */
  begin(): void {
    this.refusal = undefined;
    this.#fieldsAt = 0;
  }

  /**
   * Where the body begins: then `head` is a new head; or INCOMPLETE, or REFUSED with its reason in `refusal`. After
   * INCOMPLETE it goes on where it was, with the same bytes and more behind them.
   */
  read(bytes: Buffer, start: number, end: number, listener: string): number {
    // RFC 9112 2.2: one empty line before a request is left over from a body of the one before.
    let from = start;
    if (bytes[from] === CR && from + 1 === end) return INCOMPLETE;
    if (bytes[from] === CR && bytes[from + 1] === LF) from += 2;
    if (this.#fieldsAt === 0) {
      const at = from < end ? this.#line.read(bytes, from, end) : INCOMPLETE;
      if (at === MALFORMED) return this.#refuse(this.#line.refusal);
      if (at === INCOMPLETE) return this.#incomplete(start, end);
      this.#fieldsAt = at;
      this.#fields.begin(at);
    }
    const at = this.#fields.scan(bytes, end);
    if (at === INCOMPLETE) return this.#incomplete(start, end);
    if (at === MALFORMED) return this.#refuse('MalformedRequest');
    if (at === TOO_MANY || at - start > this.#limits.maxHeadBytes) return this.#refuse('HeaderTooLarge');
    return this.#understand(bytes, listener) ? at : REFUSED;
  }

  #incomplete(start: number, end: number): number {
    return end - start > this.#limits.maxHeadBytes ? this.#refuse('HeaderTooLarge') : INCOMPLETE;
  }

  #understand(bytes: Buffer, listener: string): boolean {
    const head = new RequestHead();
    this.head = head;
    const { method, minor } = this.#line;
    head.listener = listener;
    head.method = method;
    head.minor = minor;
    head.lines = this.#fields.text;
    // An HTTP/1.0 connection ends with its response: keeping it is no part of that version (RFC 9112 9.3).
    head.keepsConnection = minor === 1;
    if (method === 'CONNECT' || method === 'TRACE') return this.#fail('MethodNotSupported');
    if (!this.#readFields(head) || !this.#readTarget(bytes, head)) return false;
    this.#select(head);
    return true;
  }

  /** What the fields that mean something to us say; each at most as often as it may be there. */
  #readFields(head: RequestHead): boolean {
    const fields = this.#fields;
    const { kind, count } = fields;
    let hosts = 0;
    let coding: string | undefined;
    let upgrade = '';
    this.#options = undefined;
    this.#host = NO_AUTHORITY;
    let hasLength = false;
    for (let field = 0; field < count; field++) {
      switch (kind[field]) {
        case FieldKind.ordinary:
          break;
        case FieldKind.host: {
          const host = this.#authorities.read(fields.value(field));
          if (host === undefined) return this.#fail('InvalidHost');
          this.#host = host;
          hosts++;
          break;
        }
        case FieldKind.contentLength: {
          // RFC 9110 8.6 lets a recipient read equal lengths as one, or refuse them.
          const length = readLength(fields.value(field));
          if (length === undefined || hasLength) return this.#fail('MalformedRequest');
          hasLength = true;
          head.length = length;
          break;
        }
        case FieldKind.transferEncoding:
          coding = coding === undefined ? fields.value(field) : `${coding}, ${fields.value(field)}`;
          break;
        case FieldKind.connection:
          if (fields.value(field) === 'keep-alive') break;
          this.#options = addConnectionOptions(this.#options, fields.value(field));
          break;
        case FieldKind.expect:
          // RFC 9110 10.1.1: an HTTP/1.0 client's expectation is ignored.
          if (head.minor === 0) break;
          if (head.expectsContinue || !/^100-continue$/i.test(fields.value(field))) {
            return this.#fail('ExpectationFailed');
          }
          head.expectsContinue = true;
          break;
        case FieldKind.upgrade:
          upgrade = fields.value(field).toLowerCase();
          break;
        case FieldKind.te:
          head.takesTrailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(fields.value(field));
          break;
        case FieldKind.via:
          head.via += `${fields.value(field)}, `;
          break;
        case FieldKind.requestId:
          head.requestId = fields.value(field);
          break;
      }
    }
    // RFC 9112 3.2: no Host or more than one is an error, in whatever form the target is.
    if (hosts > 1 || (hosts === 0 && head.minor === 1)) return this.#fail('InvalidHost');
    if (!this.#readFraming(head, coding, hasLength)) return false;
    this.#readConnection(head, upgrade);
    return true;
  }

  /** RFC 9112 6.1 and 6.3: a coding beside a length, or in HTTP/1.0, is how requests are smuggled. */
  #readFraming(head: RequestHead, coding: string | undefined, hasLength: boolean): boolean {
    if (coding !== undefined) {
      if (hasLength || head.minor === 0) return this.#fail('MalformedRequest');
      const read = readCoding(coding);
      if (read === 'malformed') return this.#fail('MalformedRequest');
      if (read === 'unsupported') return this.#fail('CodingNotSupported');
      head.framing = Framing.chunked;
    } else if (hasLength) head.framing = Framing.counted;
    if (!head.hasBody) head.expectsContinue = false;
    return true;
  }

  #readConnection(head: RequestHead, upgrade: string): void {
    const options = this.#options;
    if (options === undefined) return;
    if (options.has('close')) head.keepsConnection = false;
    // RFC 9110 7.8: any other upgrade is ignored, and the request served as the plain one that it is as well.
    head.asksForWebSocket =
      upgrade === 'websocket' &&
      options.has('upgrade') &&
      head.method === 'GET' &&
      head.minor === 1 &&
      !head.hasBody;
  }

  /** RFC 9112 3.2: a path, or an http URL whose host then counts and not the Host field; a proxy's forms are refused. */
  #readTarget(bytes: Buffer, head: RequestHead): boolean {
    const { targetStart, targetEnd } = this.#line;
    let target = bytes.toString('latin1', targetStart, targetEnd);
    if (bytes[targetStart] !== SLASH) {
      const absolute = ABSOLUTE_FORM.exec(target);
      const named = absolute === null ? undefined : this.#authorities.read(absolute[1]!);
      if (absolute === null || named === undefined) return this.#fail('InvalidTarget');
      this.#host = named;
      target = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]!}`;
    }
    head.authority = this.#host.authority;
    head.hostname = this.#host.hostname;
    const mark = target.indexOf('?');
    if (mark >= 0) head.query = target.slice(mark + 1);
    head.path = mark < 0 ? target : target.slice(0, mark);
    const { path } = canonicalPath(head.path);
    if (path === undefined) return this.#fail('InvalidPath');
    head.path = path;
    return true;
  }

  /** Marks what does not go on to the backend. */
  #select(head: RequestHead): void {
    const fields = this.#fields;
    for (let field = 0; field < fields.count; field++) {
      if (!this.#goesOn(field, head)) fields.kind[field] = DROPPED;
    }
    head.passed = fields.keptText();
  }

  #goesOn(field: number, head: RequestHead): boolean {
    switch (this.#fields.kind[field]) {
      case FieldKind.ordinary:
      case FieldKind.date:
        return this.#options === undefined || !isHopByHop(this.#fields.name(field), this.#options);
      case FieldKind.expect:
        return head.expectsContinue;
      case FieldKind.trailer:
        return head.framing === Framing.chunked;
      default:
        return false;
    }
  }

  #fail(code: ClientErrorCode): false {
    this.refusal = code;
    return false;
  }

  /** Nothing is known of the request. */
  #refuse(code: ClientErrorCode): number {
    this.head = new RequestHead();
    this.refusal = code;
    return REFUSED;
  }
}
