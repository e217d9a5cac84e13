/** The Date field of what is sent now (RFC 9110 6.6.1), made once a second. */

const SECOND_MS = 1_000;

export class DateLine {
  #text = '';
  #validUntil = Number.NEGATIVE_INFINITY;

  /** `now`: of the clock that never goes back. */
  at(now: number): string {
    if (now >= this.#validUntil) {
      const date = new Date();
      this.#text = `Date: ${date.toUTCString()}\r\n`;
      this.#validUntil = now + SECOND_MS - date.getMilliseconds();
    }
    return this.#text;
  }
}
