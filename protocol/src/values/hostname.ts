/** Hostnames as routes write them. */
import { isIP } from 'node:net';
import { isName } from './name.ts';

export const HOSTNAME_EXPECTED = 'a hostname in lower case such as shop.example.com, no IP address, no port';
export const ROUTE_HOSTNAME_EXPECTED = `${HOSTNAME_EXPECTED}; or a wildcard such as *.example.com`;

export function isHostname(text: string): boolean {
  return isName(text) && isIP(text) === 0;
}

/** A hostname, or `*.` and a hostname. */
export function isRouteHostname(text: string): boolean {
  return text.length <= 253 && isHostname(text.startsWith('*.') ? text.slice(2) : text);
}
