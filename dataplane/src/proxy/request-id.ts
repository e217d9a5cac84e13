/** The id that names one request in every log on its way. */
import { randomUUID } from 'node:crypto';

const SANE = /^[A-Za-z0-9._~+/=:@-]{1,128}$/;

/** The client's own id where it is one that can stand in any log, else a new one. */
export function requestIdFrom(received: string | string[] | undefined): string {
  return typeof received === 'string' && SANE.test(received) ? received : randomUUID();
}
