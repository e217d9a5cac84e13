/**
 * The one form of a request's path that matching, policy and the backend all see.
 *
 * A path that two programs may read in two ways is refused and not repaired: a gateway that matches `/a/../admin` as
 * `/a` and a backend that serves it as `/admin` are a way around every policy. What RFC 3986 6.2.2 calls equivalent is
 * made equal: escapes in upper case, escaped unreserved characters decoded. Characters that a path can't hold as they
 * are, and that clients send all the same, are escaped. Everything else stays as it came, trailing slash included.
 */

/** Every code with what it means; the reference documentation lists them from here. */
export const PATH_REFUSALS = {
  NotAbsolute: 'it does not begin with a slash',
  BadEscape: 'a percent sign without two hexadecimal digits',
  NullByte: 'an escaped null byte',
  EscapedSeparator: 'an escaped slash, or a backslash',
  EmptySegment: 'two slashes in a row',
  DotSegment: 'a segment . or .., plain, escaped or with parameters',
  BadCharacter: 'a control character, a space, ?, # or a byte outside ASCII',
} as const;

export type PathRefusal = keyof typeof PATH_REFUSALS;
export type CanonicalPath =
  | { path: string; refused?: undefined }
  | { path?: undefined; refused: PathRefusal };

/** Segments that begin with neither a dot nor a slash, of characters that stand for themselves: most paths there are. */
const PLAIN = /^(?:\/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)*\/?$/;
/** Asked in this order, so that each may rely on those before it. */
const REFUSED: readonly (readonly [form: RegExp, refused: PathRefusal])[] = [
  [/^(?!\/)/, 'NotAbsolute'],
  [/[^!-~]|[?#]/, 'BadCharacter'],
  [/%(?![0-9A-Fa-f]{2})/, 'BadEscape'],
  [/%00/, 'NullByte'],
  [/\\|%2f|%5c/i, 'EscapedSeparator'],
  [/\/\//, 'EmptySegment'],
];
/** Of the decoded path. Some servers cut the parameters of a segment off before they resolve its dots. */
const DOT_SEGMENT = /\/\.{1,2}(?:[;/]|$)/;
const ESCAPED_OR_TO_ESCAPE = /%[0-9A-Fa-f]{2}|["<>[\]^`{|}]/g;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** `path`: without query, as received. Never throws. */
export function canonicalPath(path: string): CanonicalPath {
  if (path !== '' && PLAIN.test(path)) return { path };
  for (const [form, refused] of REFUSED) {
    if (form.test(path)) return { refused };
  }
  const canonical = path.replace(ESCAPED_OR_TO_ESCAPE, canonicalCharacter);
  return DOT_SEGMENT.test(canonical) ? { refused: 'DotSegment' } : { path: canonical };
}

function canonicalCharacter(text: string): string {
  const byte = text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text.slice(1), 16);
  const character = String.fromCharCode(byte);
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
