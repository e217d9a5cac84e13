/** How a text becomes a value; each throws a StartError that names the setting, what was found and what is allowed. */
import { settingError } from '../errors.ts';
import { type Given, notAllowed } from './given.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function logLevel(given: Given): LogLevel {
  const level = LOG_LEVELS.find((known) => known === given.text);
  if (level === undefined) throw notAllowed(given, LOG_LEVELS.join(', '));
  return level;
}

export function truth(given: Given): boolean {
  if (given.text === 'true' || given.text === '1') return true;
  if (given.text === 'false' || given.text === '0') return false;
  throw notAllowed(given, 'true or false');
}

export function path(given: Given, allowed = 'a path'): string {
  if (given.text === '' || given.text.includes('\0')) throw notAllowed(given, allowed);
  return given.text;
}

export function wholeNumber(given: Given, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (!(value >= least && value <= most)) throw notAllowed(given, `a whole number from ${least} to ${most}`);
  return value;
}

/** `allowed` says which texts match `form`. */
export function matching(given: Given, form: RegExp, allowed: string): string {
  if (!form.test(given.text)) throw notAllowed(given, allowed);
  return given.text;
}

/** `allowed` says of which texts `parse` makes something. */
export function parsed<T>(given: Given, parse: (text: string) => T | undefined, allowed: string): T {
  const value = parse(given.text);
  if (value === undefined) throw notAllowed(given, allowed);
  return value;
}

/** The parts of a text with commas, each once. */
export function list<T>(given: Given, most: number, read: (part: Given) => T): T[] {
  const texts = [...new Set(given.text.split(',').map((text) => text.trim()))];
  return atMost(
    texts.map((text) => ({ source: given.source, text })),
    most,
  ).map(read);
}

export function atMost(given: readonly Given[], most: number): readonly Given[] {
  if (given.length <= most) return given;
  throw settingError(given[0]!.source, `found ${given.length} values, allowed are at most ${most}`);
}
