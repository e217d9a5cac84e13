/** Every error that the operator makes itself. */

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
