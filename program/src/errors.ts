/** Why a program does not start. */

/** `exitCode` 2: the person must change a setting; 1: the machine must change. */
export interface StartErrorMeaning {
  exitCode: 1 | 2;
  description: string;
}

/** Every program has this one in its table. */
export const SETTING_NOT_ALLOWED = {
  exitCode: 2,
  description: 'a flag or variable is missing, unknown or has a value that is not allowed',
} as const satisfies StartErrorMeaning;

/** Its message is one line for the person who starts the program. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, { exitCode }: StartErrorMeaning, message: string) {
    super(message.replaceAll(/\s*\n\s*/g, ' '));
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** `setting` is the flag or variable that the value came from. */
export function settingError(setting: string, problem: string): StartError {
  return new StartError('SETTING_NOT_ALLOWED', SETTING_NOT_ALLOWED, `${setting}: ${problem}`);
}
