/** The `Via` field (RFC 9110 7.6.3), and how a request is known that has been here before. */

const PSEUDONYM = 'holdfast';

export class Via {
  /** Added to requests. The instance is named in a comment, so that a loop through this instance is seen by it. */
  readonly request: string;
  /** Added to responses; clients need not know which instance it was. */
  readonly response = `1.1 ${PSEUDONYM}`;
  readonly #own: string;

  constructor(instance: string) {
    this.#own = `${PSEUDONYM} (${instance.replaceAll(/[^A-Za-z0-9._~-]/g, '_')})`;
    this.request = `1.1 ${this.#own}`;
  }

  /** Whether a received `Via` says that the request has passed this instance. */
  isLoop(received: string | undefined): boolean {
    return received?.includes(this.#own) === true;
  }
}
