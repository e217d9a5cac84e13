/** How a message says where its body ends (RFC 9112 6.3), read so that no two programs can read it differently. */

export const Framing = { none: 0, counted: 1, chunked: 2, untilClose: 3 } as const;

/** More digits could not be counted exactly; nobody sends a petabyte. */
const LENGTH = /^\d{1,15}$/;

/** A `Content-Length`; undefined where it is anything but digits: no sign, list or fraction (RFC 9110 8.6). */
export function readLength(value: string): number | undefined {
  return LENGTH.test(value) ? Number(value) : undefined;
}

/**
 * `malformed`: chunked is not the last coding, or stands there twice, so that nobody knows where the body ends (RFC 9112
 * 6.1 and 6.3). `unsupported`: the end is known, but another coding is in the body.
 */
export function readCoding(value: string): 'chunked' | 'malformed' | 'unsupported' {
  if (value.length === 7 && value.toLowerCase() === 'chunked') return 'chunked';
  const codings = value.split(',').map((coding) => coding.trim().toLowerCase());
  return codings.indexOf('chunked') === codings.length - 1 ? 'unsupported' : 'malformed';
}
