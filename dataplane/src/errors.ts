/** Why an instance does not start: every error that ends the program, with its exit code. */

/** `exitCode` 2: the person must change a setting; 1: the machine must change. */
export const START_ERRORS = {
  SETTING_NOT_ALLOWED: {
    exitCode: 2,
    description: 'a flag or variable is missing, unknown or has a value that is not allowed',
  },
  NODE_TOO_OLD: { exitCode: 2, description: 'Node.js is older than 26.4' },
  LISTENER_NOT_BOUND: { exitCode: 1, description: 'a listener could not be bound' },
  STATUS_NOT_BOUND: { exitCode: 1, description: 'the address of the status API could not be bound' },
} as const;

export type StartErrorCode = keyof typeof START_ERRORS;

/** Its message is one line for the person who starts the instance. */
export class StartError extends Error {
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string) {
    super(message.replaceAll(/\s*\n\s*/g, ' '));
    this.name = 'StartError';
    this.code = code;
  }

  get exitCode(): number {
    return START_ERRORS[this.code].exitCode;
  }
}

/** `setting` is the flag or variable that the value came from. */
export class SettingsError extends StartError {
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super('SETTING_NOT_ALLOWED', `${setting}: ${problem}`);
    this.name = 'SettingsError';
    this.setting = setting;
  }
}
