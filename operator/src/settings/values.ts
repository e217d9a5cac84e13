/** How the text of one flag or variable becomes its value; each throws a StartError that names what was found and what is allowed. */
import {
  HOST_PORT_EXPECTED,
  type HostPort,
  isLoopback,
  parseHostPort,
} from '@holdfast/protocol/values/address.ts';
import { StartError } from '../errors.ts';
import { LOG_LEVELS, type LogLevel } from './settings.ts';

/** A text with the flag or variable that it came from. */
export interface Given {
  source: string;
  text: string;
}

const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** As the schema of `spec.image`: without tag or digest two nodes may run different versions. */
const IMAGE = /^[^\s]+[:@][^/\s]+$/;

export function namespaceName(given: Given): string {
  if (!NAMESPACE.test(given.text)) throw notAllowed(given, 'the name of a namespace');
  return given.text;
}

export function image(given: Given): string {
  if (!IMAGE.test(given.text)) throw notAllowed(given, 'an image with a tag or a digest');
  return given.text;
}

export function address(given: Given): HostPort {
  const parsed = parseHostPort(given.text);
  if (parsed === undefined) throw notAllowed(given, HOST_PORT_EXPECTED);
  return parsed;
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

/** As it was given; `ws://` beyond loopback only where `insecure` allows it, since the instances would refuse it too. */
export function controlPlaneUrl(given: Given, insecure: boolean): string {
  // A secret in the text must not reach a log, so the text is not shown where it may hold one.
  if (/[@?]/.test(given.text)) {
    throw new StartError(
      'SETTING_NOT_ALLOWED',
      `${given.source}: a URL with user, password or query found; each DataPlane has a token of its own`,
    );
  }
  const url = URL.canParse(given.text) ? new URL(given.text) : undefined;
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol) || given.text.includes('#')) {
    throw notAllowed(given, 'ws://HOST:PORT or wss://HOST:PORT, with or without a path');
  }
  if (url.protocol === 'ws:' && !insecure && !isLoopback(url.hostname)) {
    throw notAllowed(given, 'wss:// beyond loopback, or ws:// together with --insecure');
  }
  return given.text;
}

export function notAllowed(given: Given, allowed: string): StartError {
  const found = JSON.stringify(given.text);
  return new StartError('SETTING_NOT_ALLOWED', `${given.source}: found ${found}, allowed is ${allowed}`);
}
