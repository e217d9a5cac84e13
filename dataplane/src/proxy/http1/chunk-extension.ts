/** Follows the extensions of a chunk to the end of its line (RFC 9112 7.1.1): they mean nothing to us, but must be what they say. */
import { CR, FIELD_VALUE, SEMICOLON, TOKEN } from './characters.ts';

const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

const NAME = 0;
const VALUE = 1;
const QUOTED = 2;
const ESCAPED = 3;
const QUOTE_ENDED = 4;

export class ChunkExtension {
  #state = NAME;
  /** Characters of the current name or value. */
  #length = 0;

  /** The next byte belongs to a name. */
  begin(): void {
    this.#state = NAME;
    this.#length = 0;
  }

  /** False: malformed. A CR that is not refused ends the extensions. */
  step(byte: number): boolean {
    switch (this.#state) {
      case QUOTED:
        if (byte === QUOTE) this.#state = QUOTE_ENDED;
        else if (byte === BACKSLASH) this.#state = ESCAPED;
        return FIELD_VALUE[byte] === 1;
      case ESCAPED:
        this.#state = QUOTED;
        return FIELD_VALUE[byte] === 1;
      case QUOTE_ENDED:
        return this.#end(byte);
      default:
        return this.#readToken(byte);
    }
  }

  #readToken(byte: number): boolean {
    if (TOKEN[byte] !== 0) {
      this.#length++;
      return true;
    }
    if (this.#state === VALUE && this.#length === 0 && byte === QUOTE) {
      this.#state = QUOTED;
      return true;
    }
    if (this.#length === 0) return false;
    if (this.#state === NAME && byte === EQUALS) {
      this.#state = VALUE;
      this.#length = 0;
      return true;
    }
    return this.#end(byte);
  }

  #end(byte: number): boolean {
    if (byte === SEMICOLON) this.begin();
    return byte === SEMICOLON || byte === CR;
  }
}
