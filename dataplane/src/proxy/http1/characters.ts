/** What a byte may be in the head of a message: tables to look it up in (RFC 9110 5.5 and 5.6.2, RFC 9112 3). */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const HASH = 0x23;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

export const TOKEN_CHARACTER = 1;
/** A token character too, but one that some programs read as a dash. */
export const UNDERSCORE = 2;

/** 0: not a character of a token (RFC 9110 5.6.2). */
export const TOKEN: Uint8Array = tableOf((byte) => {
  if (byte === 0x5f) return UNDERSCORE;
  return /[!#$%&'*+.^`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)) ? TOKEN_CHARACTER : 0;
});

/** 1: tab, space, visible or outside ASCII; no other control character may stand in a value (RFC 9110 5.5). */
export const FIELD_VALUE: Uint8Array = tableOf((byte) =>
  byte === HTAB || (byte >= SP && byte !== 0x7f) ? 1 : 0,
);

/** 1: visible ASCII but `#`, since a fragment is no part of any form of a target (RFC 9112 3.2). */
export const TARGET: Uint8Array = tableOf((byte) => (byte > SP && byte < 0x7f && byte !== HASH ? 1 : 0));

/** The value of a hexadecimal digit; 0xff for any other byte. */
export const HEX_VALUE: Uint8Array = tableOf((byte) => {
  const text = String.fromCharCode(byte);
  return /[0-9A-Fa-f]/.test(text) ? Number.parseInt(text, 16) : 0xff;
});

function tableOf(value: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => value(byte));
}
