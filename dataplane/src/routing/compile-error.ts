/** Why a configuration does not compile: the codes, and the error that carries up to 16 reasons. */
import type { Reason } from '@holdfast/protocol/stream/messages.ts';

/** Every code with what it means; the reference documentation lists them from here. */
export const COMPILE_REASONS = {
  ResourceUnreadable: 'a resource or fact is not what its schema says',
  BackendNotFound: 'a backendRef names no backend',
  DurationInvalid: 'a timeout is no duration',
  PathInvalid: 'a path that no request can have, or that must not be sent on',
  FilterRepeated: 'a route has two filters of the same type',
  FilterConflict: 'a route has filters that exclude each other',
  BasedOnRefused: 'it was staged on top of a change that was refused',
} as const;

export type CompileReasonCode = keyof typeof COMPILE_REASONS;

/** As many as a nack carries. */
export const MAX_REASONS = 16;

export class CompileError extends Error {
  readonly reasons: Reason[];

  constructor(reasons: Reason[]) {
    super(reasons.map(({ pointer, message }) => (pointer ? `${pointer}: ${message}` : message)).join('; '));
    this.name = 'CompileError';
    this.reasons = reasons;
  }
}

export function reason(code: CompileReasonCode, message: string, pointer?: string): Reason {
  return pointer === undefined ? { code, message } : { code, message, pointer };
}

/** One step of a JSON pointer (RFC 6901). */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
