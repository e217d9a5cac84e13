/** How the text of a flag or variable of the operator becomes its value; each throws a StartError that names what was found and what is allowed. */
import { settingError } from '@holdfast/program/errors.ts';
import { type Given, notAllowed } from '@holdfast/program/settings/given.ts';
import { matching, parsed } from '@holdfast/program/settings/values.ts';
import { HOST_PORT_EXPECTED, type HostPort, parseHostPort } from '@holdfast/protocol/values/address.ts';
import {
  CONTROL_PLANE_URL_EXPECTED,
  isInTheClear,
  mayHoldSecret,
  parseControlPlaneUrl,
} from '@holdfast/protocol/values/control-plane-url.ts';
import { isLabel } from '@holdfast/protocol/values/name.ts';

/** As the schema of `spec.image`: without tag or digest two nodes may run different versions. */
const IMAGE = /^[^\s]+[:@][^/\s]+$/;

export function namespaceName(given: Given): string {
  if (!isLabel(given.text)) throw notAllowed(given, 'the name of a namespace');
  return given.text;
}

export function image(given: Given): string {
  return matching(given, IMAGE, 'an image with a tag or a digest');
}

export function address(given: Given): HostPort {
  return parsed(given, parseHostPort, HOST_PORT_EXPECTED);
}

/** As it was given; `ws://` beyond loopback only where `insecure` allows it, since the instances would refuse it too. */
export function controlPlaneUrl(given: Given, insecure: boolean): string {
  if (mayHoldSecret(given.text)) {
    throw settingError(
      given.source,
      'a URL with user, password or query found; each DataPlane has a token of its own',
    );
  }
  const url = parsed(given, parseControlPlaneUrl, CONTROL_PLANE_URL_EXPECTED);
  if (isInTheClear(url) && !insecure) {
    throw notAllowed(given, 'wss:// beyond loopback, or ws:// together with --insecure');
  }
  return given.text;
}
