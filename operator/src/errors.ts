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

/** Why the operator does not start. `exitCode` 2: the person must change a setting; 1: the machine must change. */
export const START_ERRORS = {
  SETTING_NOT_ALLOWED: {
    exitCode: 2,
    description: 'a flag or variable is missing, unknown or has a value that is not allowed',
  },
  CLUSTER_UNKNOWN: { exitCode: 2, description: 'the kubeconfig cannot be read' },
  STATUS_NOT_BOUND: { exitCode: 1, description: 'the address of the status server could not be bound' },
} as const;

export type StartErrorCode = keyof typeof START_ERRORS;

/** Its message is one line for the person who starts the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string) {
    super(message.replaceAll(/\s*\n\s*/g, ' '));
    this.code = code;
  }

  get exitCode(): number {
    return START_ERRORS[this.code].exitCode;
  }
}
