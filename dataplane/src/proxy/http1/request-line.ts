/** Reads a request line (RFC 9112 3): one method, one target, one version, one space between them, nothing else. */
import type { ClientErrorCode } from '../client-errors.ts';
import { CR, HASH, LF, SP, TARGET, TOKEN } from './characters.ts';
import { INCOMPLETE, MALFORMED } from './field-lines.ts';

/** Longer names than any method that is registered, so that what is not HTTP does not fill the log. */
const MAX_METHOD = 32;
const VERSION = 'HTTP/1.';
const GET = Buffer.from('GET ');

export class RequestLine {
  method = '';
  targetStart = 0;
  targetEnd = 0;
  /** Of the version: 0 or 1. */
  minor = 0;
  /** Why `read` said MALFORMED. */
  refusal: ClientErrorCode = 'MalformedRequest';
  readonly #maxTarget: number;

  constructor(maxTarget: number) {
    this.#maxTarget = maxTarget;
  }

  /** Where the field lines begin. */
  read(bytes: Buffer, start: number, end: number): number {
    this.refusal = 'MalformedRequest';
    let at = this.#readMethod(bytes, start, end);
    if (at < 0) return at;
    this.targetStart = at;
    while (at < end && TARGET[bytes[at]!] === 1) at++;
    if (at - this.targetStart > this.#maxTarget) return this.#refuse('TargetTooLong');
    if (at === end) return INCOMPLETE;
    const last = bytes[at]!;
    if (last === HASH || last >= 0x7f) return this.#refuse('InvalidTarget');
    if (last !== SP || at === this.targetStart) return MALFORMED;
    this.targetEnd = at;
    return this.#readVersion(bytes, at + 1, end);
  }

  #readMethod(bytes: Buffer, start: number, end: number): number {
    if (end - start >= GET.length && bytes[start] === GET[0] && bytes[start + 1] === GET[1]) {
      if (bytes[start + 2] === GET[2] && bytes[start + 3] === SP) {
        this.method = 'GET';
        return start + GET.length;
      }
    }
    let at = start;
    while (at < end && TOKEN[bytes[at]!] !== 0) at++;
    if (at - start > MAX_METHOD) return MALFORMED;
    if (at === end) return INCOMPLETE;
    if (at === start || bytes[at] !== SP) return MALFORMED;
    this.method = bytes.toString('latin1', start, at);
    return at + 1;
  }

  /** RFC 9112 2.3: another major version frames its messages in its own way; a minor one above 1 does not exist. */
  #readVersion(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (let index = 0; index < VERSION.length; index++, at++) {
      if (at === end) return INCOMPLETE;
      if (bytes[at] !== VERSION.charCodeAt(index)) {
        const isVersion = index === 5 && isDigit(bytes[at]!);
        return isVersion ? this.#refuse('VersionNotSupported') : MALFORMED;
      }
    }
    if (end - at < 3) return lineMayFollow(bytes, at, end) ? INCOMPLETE : MALFORMED;
    if (!isDigit(bytes[at]!)) return MALFORMED;
    if (bytes[at + 1] !== CR || bytes[at + 2] !== LF) return MALFORMED;
    this.minor = bytes[at]! - 0x30;
    return this.minor > 1 ? this.#refuse('VersionNotSupported') : at + 3;
  }

  #refuse(code: ClientErrorCode): number {
    this.refusal = code;
    return MALFORMED;
  }
}

function lineMayFollow(bytes: Buffer, at: number, end: number): boolean {
  return (at >= end || isDigit(bytes[at]!)) && (at + 1 >= end || bytes[at + 1] === CR);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
