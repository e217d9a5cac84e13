/** The host and port that a client names (RFC 3986 3.2), as one form for every letter's case. */

export interface Authority {
  /** As the client wrote it. */
  authority: string;
  /** Lower case, without port and trailing dot. */
  hostname: string;
}

export const NO_AUTHORITY: Authority = { authority: '', hostname: '' };

/** No userinfo, no escapes, no empty host; brackets around an IPv6 address alone. */
const AUTHORITY = /^(?:([A-Za-z0-9._-]+)|(\[[0-9A-Fa-f:.]+\]))(?::(\d{1,5}))?$/;
const MAX_REMEMBERED = 1_024;

export class Authorities {
  /** Most requests name one of few; the texts come from clients, so their number is bounded. */
  readonly #known = new Map<string, Authority>();

  /** Undefined where it is not a host and port. */
  read(text: string): Authority | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const authority = readAuthority(text);
    if (authority === undefined) return undefined;
    if (this.#known.size === MAX_REMEMBERED) this.#known.clear();
    this.#known.set(text, authority);
    return authority;
  }
}

function readAuthority(authority: string): Authority | undefined {
  const parts = AUTHORITY.exec(authority);
  if (parts === null || Number(parts[3] ?? 0) > 65_535) return undefined;
  const hostname = (parts[1] ?? parts[2]!).toLowerCase();
  return { authority, hostname: hostname.endsWith('.') ? hostname.slice(0, -1) : hostname };
}
