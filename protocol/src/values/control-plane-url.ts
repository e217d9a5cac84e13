/** The URL of a control plane, as settings write it. */
import { isLoopback } from './address.ts';

/** For messages. */
export const CONTROL_PLANE_URL_EXPECTED = 'ws://HOST:PORT or wss://HOST:PORT, with or without a path';

/** Undefined where the text is none. */
export function parseControlPlaneUrl(text: string): URL | undefined {
  if (!URL.canParse(text) || text.includes('#')) return undefined;
  const url = new URL(text);
  return ['ws:', 'wss:'].includes(url.protocol) ? url : undefined;
}

/** A user, password or query, which must not reach a log: such a text is refused and not shown. */
export function mayHoldSecret(text: string): boolean {
  return /[@?]/.test(text);
}

/** Whether others than this machine could read what is sent there. */
export function isInTheClear({ protocol, hostname }: URL): boolean {
  return protocol === 'ws:' && !isLoopback(hostname);
}
