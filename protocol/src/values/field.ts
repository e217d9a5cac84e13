/** HTTP field names and values (RFC 9110), as routes match and modify them. */

const TOKEN = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

export const FIELD_NAME_EXPECTED =
  "the name of a header: letters, digits and !#$%&'*+-.^_`|~, at most 256 characters";

export function isFieldName(text: string): boolean {
  return text.length <= 256 && TOKEN.test(text);
}

/** Connection and framing belong to the proxy, and Host to urlRewrite: a route that changed them could smuggle requests. */
export const UNMODIFIABLE_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const MODIFIABLE_FIELD_EXPECTED = `${FIELD_NAME_EXPECTED}; not ${[...UNMODIFIABLE_FIELDS].join(', ')} (host: use URLRewrite)`;

export function isModifiableField(text: string): boolean {
  return isFieldName(text) && !UNMODIFIABLE_FIELDS.has(text.toLowerCase());
}

export const FIELD_VALUE_EXPECTED =
  'a header value of 1 to 4096 printable ASCII characters, without white space at its ends';

export function isFieldValue(text: string): boolean {
  return text.length <= 4096 && VALUE.test(text);
}
