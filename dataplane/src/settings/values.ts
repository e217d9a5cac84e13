/** How the text of one flag or variable becomes its value; each throws a SettingsError that names what was found and what is allowed. */

import { STREAM_PATH } from '@holdfast/protocol/stream/messages.ts';
import {
  HOST_PORT_EXPECTED,
  type HostPort,
  isLoopback,
  parseHostPort,
} from '@holdfast/protocol/values/address.ts';
import { DURATION_EXPECTED, parseDuration } from '@holdfast/protocol/values/duration.ts';
import { SettingsError } from '../errors.ts';
import { type ListenerSetting, LOG_LEVELS, type LogLevel } from './settings.ts';

/** A text with the flag or variable that it came from. */
export interface Given {
  source: string;
  text: string;
}

const NAMESPACE_AND_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\/[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?$/;
const INSTANCE = /^[A-Za-z0-9._-]{1,253}$/;
const LISTENER_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export function instanceName(given: Given): string {
  return matching(given, INSTANCE, '1 to 253 letters, digits, dots, dashes and underscores');
}

export function dataPlaneName(given: Given): string {
  return matching(given, NAMESPACE_AND_NAME, 'NAMESPACE/NAME in lower case, NAME of at most 40 characters');
}

export function path(given: Given): string {
  if (given.text === '' || given.text.includes('\0')) throw notAllowed(given, 'a path');
  return given.text;
}

export function address(given: Given): HostPort {
  const parsed = parseHostPort(given.text);
  if (parsed === undefined) throw notAllowed(given, HOST_PORT_EXPECTED);
  return parsed;
}

/** `[name=]HOST:PORT`; unnamed: `http`. */
export function listener(given: Given): ListenerSetting {
  const equals = given.text.indexOf('=');
  const name = equals < 0 ? 'http' : given.text.slice(0, equals);
  const parsed = parseHostPort(given.text.slice(equals + 1));
  if (!LISTENER_NAME.test(name) || parsed === undefined) {
    throw notAllowed(
      given,
      `[name=]${HOST_PORT_EXPECTED}, and the name in lower case letters, digits and dashes`,
    );
  }
  return { name, ...parsed };
}

export function wholeNumber(given: Given, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (!(value >= least && value <= most)) throw notAllowed(given, `a whole number from ${least} to ${most}`);
  return value;
}

/** Milliseconds. */
export function duration(given: Given, most: string): number {
  const value = parseDuration(given.text);
  if (value === undefined || value > parseDuration(most)!)
    throw notAllowed(given, `${DURATION_EXPECTED}, at most ${most}`);
  return value;
}

export function truth(given: Given): boolean {
  if (given.text === 'true' || given.text === '1') return true;
  if (given.text === 'false' || given.text === '0') return false;
  throw notAllowed(given, 'true or false');
}

export function logLevel(given: Given): LogLevel {
  const level = LOG_LEVELS.find((known) => known === given.text);
  if (level === undefined) throw notAllowed(given, LOG_LEVELS.join(', '));
  return level;
}

/** The URL with its path; `ws://` beyond loopback only where `insecure` allows it. */
export function controlPlaneUrl(given: Given, insecure: boolean): string {
  const url = URL.canParse(given.text) ? new URL(given.text) : undefined;
  // A secret in the text must not reach a log, nor the status, so the text is not shown where it may hold one.
  if (/[@?]/.test(given.text)) {
    throw new SettingsError(
      given.source,
      'a URL with user, password or query found; the token belongs into --token-file',
    );
  }
  if (
    url === undefined ||
    !['ws:', 'wss:'].includes(url.protocol) ||
    url.hostname === '' ||
    given.text.includes('#')
  ) {
    throw notAllowed(given, 'ws://HOST:PORT or wss://HOST:PORT, with or without a path');
  }
  if (url.protocol === 'ws:' && !insecure && !isLoopback(url.hostname)) {
    throw notAllowed(given, 'wss:// beyond loopback, or ws:// together with --insecure');
  }
  if (url.pathname === '/') url.pathname = STREAM_PATH;
  return url.href;
}

export function notAllowed(given: Given, allowed: string): SettingsError {
  return new SettingsError(given.source, `found ${JSON.stringify(given.text)}, allowed is ${allowed}`);
}

function matching(given: Given, form: RegExp, allowed: string): string {
  if (!form.test(given.text)) throw notAllowed(given, allowed);
  return given.text;
}
