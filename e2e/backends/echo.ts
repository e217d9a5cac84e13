/** What the echoing backend answers, as those who check its answers know it. */

/** A request header that comes back in the echo. */
export const TOKEN_HEADER = 'Echo-Token';

export interface Echo {
  backend: string;
  method: string;
  /** With its query, as the backend received it. */
  path: string;
  token: string | null;
  bodyBytes: number;
  bodySha256: string;
  /** Every header as it was received, names in lower case. */
  headers: Record<string, string | string[] | undefined>;
}
