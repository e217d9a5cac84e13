/** A text that a person gave, with the flag or variable that it came from. */
import { type StartError, settingError } from '../errors.ts';

export interface Given {
  source: string;
  text: string;
}

export function notAllowed({ source, text }: Given, allowed: string): StartError {
  return settingError(source, `found ${JSON.stringify(text)}, allowed is ${allowed}`);
}
