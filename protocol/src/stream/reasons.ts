/** Reasons of a nack, cut to what the other side accepts. */
import type { Nack, Reason } from './messages.ts';

export const MAX_REASONS = 16;
/** Longest code, message and pointer, in characters. */
export const REASON_LENGTHS = { code: 64, message: 1024, pointer: 1024 } as const;

/** A nack that the control plane refuses for its length would leave the refusal of a revision untold. */
export function boundNack(nack: Nack): Nack {
  return { ...nack, reasons: nack.reasons.slice(0, MAX_REASONS).map(boundReason) };
}

function boundReason({ code, message, pointer }: Reason): Reason {
  const reason = {
    code: code.slice(0, REASON_LENGTHS.code),
    message: message.slice(0, REASON_LENGTHS.message),
  };
  // Half a pointer points to another place: one that is too long is left out.
  return pointer === undefined || pointer.length > REASON_LENGTHS.pointer ? reason : { ...reason, pointer };
}
