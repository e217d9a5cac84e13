/** Every way in which data from another program, or a value, can be unacceptable to the protocol. */

/** Codes with what they mean; the reference documentation lists them from here. */
export const PROTOCOL_ERRORS = {
  MESSAGE_TOO_LARGE: 'a message is larger than the receiver accepts, as sent or decompressed',
  NOT_GZIP: 'a binary message is not gzip, damaged or cut off',
  NOT_UTF8: 'a decompressed message is not UTF-8',
  NOT_JSON: 'a message is not a JSON object',
  TOO_DEEP: 'a message or value is nested deeper than any valid one',
  UNKNOWN_TYPE:
    'a message is of a type that the receiver does not know; it is ignored and the stream goes on',
  INVALID_MESSAGE: 'a message does not have the form that its type asks for',
  NOT_JSON_VALUE: 'a value has no canonical JSON: JSON cannot carry it',
} as const;

export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  /** The message without the pointer. */
  readonly detail: string;
  /** JSON pointer to the place in the message or value, where one place is to blame. */
  readonly pointer: string | undefined;

  constructor(code: ProtocolErrorCode, detail: string, pointer?: string) {
    super(pointer ? `${pointer}: ${detail}` : detail);
    this.code = code;
    this.detail = detail;
    this.pointer = pointer;
  }
}
