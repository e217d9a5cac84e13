/** How the text of a flag or variable of an instance becomes its value; each throws a StartError that names what was found and what is allowed. */
import { settingError } from '@holdfast/program/errors.ts';
import { type Given, notAllowed } from '@holdfast/program/settings/given.ts';
import { matching, parsed } from '@holdfast/program/settings/values.ts';
import { STREAM_PATH } from '@holdfast/protocol/stream/messages.ts';
import { HOST_PORT_EXPECTED, type HostPort, parseHostPort } from '@holdfast/protocol/values/address.ts';
import {
  CONTROL_PLANE_URL_EXPECTED,
  isInTheClear,
  mayHoldSecret,
  parseControlPlaneUrl,
} from '@holdfast/protocol/values/control-plane-url.ts';
import { DURATION_EXPECTED, parseDuration } from '@holdfast/protocol/values/duration.ts';
import { isZone, ZONE_EXPECTED } from '@holdfast/protocol/values/name.ts';
import type { ListenerSetting } from './settings.ts';

const NAMESPACE_AND_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\/[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?$/;
const INSTANCE = /^[A-Za-z0-9._-]{1,253}$/;
const LISTENER_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export function instanceName(given: Given): string {
  return matching(given, INSTANCE, '1 to 253 letters, digits, dots, dashes and underscores');
}

export function dataPlaneName(given: Given): string {
  return matching(given, NAMESPACE_AND_NAME, 'NAMESPACE/NAME in lower case, NAME of at most 40 characters');
}

export function zone(given: Given): string {
  if (!isZone(given.text)) throw notAllowed(given, ZONE_EXPECTED);
  return given.text;
}

export function address(given: Given): HostPort {
  return parsed(given, parseHostPort, HOST_PORT_EXPECTED);
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

/** Milliseconds. */
export function duration(given: Given, most: string): number {
  const value = parseDuration(given.text);
  if (value === undefined || value > parseDuration(most)!)
    throw notAllowed(given, `${DURATION_EXPECTED}, at most ${most}`);
  return value;
}

/** The URL with its path; `ws://` beyond loopback only where `insecure` allows it. */
export function controlPlaneUrl(given: Given, insecure: boolean): string {
  if (mayHoldSecret(given.text)) {
    throw settingError(
      given.source,
      'a URL with user, password or query found; the token belongs into --token-file',
    );
  }
  const url = parsed(given, parseControlPlaneUrl, CONTROL_PLANE_URL_EXPECTED);
  if (isInTheClear(url) && !insecure) {
    throw notAllowed(given, 'wss:// beyond loopback, or ws:// together with --insecure');
  }
  if (url.pathname === '/') url.pathname = STREAM_PATH;
  return url.href;
}
