/** Paths as routes write them: the one spelling to which every equivalent one would be brought. */

export const MAX_PATH_LENGTH = 1024;

export const PATH_EXPECTED =
  'a path that begins with "/", without query, fragment, "//", "." or ".." segments, ' +
  `and percent-encodes (in upper case) only what must be, never "/" or "\\"; at most ${MAX_PATH_LENGTH} characters`;

/** Plain characters of a path, and percent-encoded bytes. */
const FORM = /^\/(?:[-A-Za-z0-9._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/;
/** With parameters too (`/..;a`): some backends drop them before they resolve the segment. */
const DOT_SEGMENT = /\/\.{1,2}(?:[;/]|$)/;
/** Letters, digits and `-._~` are written as they are (RFC 3986): encoded they would be a second spelling. */
const UNRESERVED = /[-A-Za-z0-9._~]/;

/**
 * The data plane brings each request's path to this form before it matches, or refuses it: a configured path of another
 * form would never match. Were both left as they are, one spelling could walk around a rule that names the other.
 */
export function isCanonicalPath(text: string): boolean {
  if (text.length > MAX_PATH_LENGTH || !FORM.test(text) || text.includes('//')) return false;
  if (DOT_SEGMENT.test(text)) return false;
  return [...text.matchAll(/%(..)/g)].every(([, digits]) => mayBeEncoded(Number.parseInt(digits!, 16)));
}

function mayBeEncoded(byte: number): boolean {
  const character = String.fromCharCode(byte);
  return (
    byte > 0x1f && byte !== 0x7f && character !== '/' && character !== '\\' && !UNRESERVED.test(character)
  );
}
