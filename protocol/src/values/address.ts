/** Network addresses as settings and endpoints write them. */
import { isIP } from 'node:net';

export interface HostPort {
  host: string;
  port: number;
}

/** What a setting that takes an address allows, for messages. */
export const HOST_PORT_EXPECTED = 'HOST:PORT, with HOST an IP address and PORT 0..65535';

/** Reads `127.0.0.1:80`, `[::1]:80` and `:80` (loopback); undefined where the text is none of them. */
export function parseHostPort(text: string): HostPort | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const host = (parts[1] ?? parts[2]) || '127.0.0.1';
  const port = Number(parts[3]);
  const family = isIP(host);
  const bracketed = parts[1] !== undefined;
  if (family === 0 || bracketed !== (family === 6) || port > 65_535) return undefined;
  return { host, port };
}

export function formatHostPort({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True for 127.0.0.0/8, ::1 and `localhost`. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
