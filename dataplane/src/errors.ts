/** Why an instance does not start: every error that ends the program, with its exit code. */
import { SETTING_NOT_ALLOWED, StartError, type StartErrorMeaning } from '@holdfast/program/errors.ts';

export const START_ERRORS = {
  SETTING_NOT_ALLOWED,
  NODE_TOO_OLD: { exitCode: 2, description: 'Node.js is older than 26.4' },
  LISTENER_NOT_BOUND: { exitCode: 1, description: 'a listener could not be bound' },
  STATUS_NOT_BOUND: { exitCode: 1, description: 'the address of the status API could not be bound' },
} as const satisfies Record<string, StartErrorMeaning>;

export function startError(code: keyof typeof START_ERRORS, message: string): StartError {
  return new StartError(code, START_ERRORS[code], message);
}
