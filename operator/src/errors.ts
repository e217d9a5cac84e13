/** Every error that the operator makes itself. */
import { SETTING_NOT_ALLOWED, StartError, type StartErrorMeaning } from '@holdfast/program/errors.ts';

/** Codes with what they mean; the reference documentation lists them from here. */
export const OPERATOR_ERRORS = {
  OVERLAY_INVALID: 'spec.podTemplate has a place that cannot be merged into a pod template',
} as const;

export type OperatorErrorCode = keyof typeof OPERATOR_ERRORS;

export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: OperatorErrorCode;

  constructor(code: OperatorErrorCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Why the operator does not start. */
export const START_ERRORS = {
  SETTING_NOT_ALLOWED,
  CLUSTER_UNKNOWN: { exitCode: 2, description: 'the kubeconfig cannot be read' },
  STATUS_NOT_BOUND: { exitCode: 1, description: 'the address of the status server could not be bound' },
} as const satisfies Record<string, StartErrorMeaning>;

export function startError(code: keyof typeof START_ERRORS, message: string): StartError {
  return new StartError(code, START_ERRORS[code], message);
}
