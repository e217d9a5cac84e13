/** One check of one endpoint: a connection of its own, whose end is never waited for beyond the timeout. */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Endpoint } from '@holdfast/protocol/configuration/types.ts';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import type { CheckSettings, HttpCheck } from './check-settings.ts';

/** True where the endpoint is well. Never rejects. */
export type HealthProbe = (
  endpoint: Endpoint,
  settings: CheckSettings,
  stop: AbortSignal,
) => Promise<boolean>;

const USER_AGENT = 'holdfast-health-check';

interface Cancellable {
  on(event: 'error', listener: () => void): unknown;
  destroy(): unknown;
}

export const probeEndpoint: HealthProbe = (endpoint, { http, timeoutMs }, stop) =>
  new Promise((resolve) => {
    const settle = (good: boolean) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      probing.destroy();
      resolve(good);
    };
    const onStop = () => settle(false);
    const timer = setTimeout(onStop, timeoutMs);
    const probing: Cancellable =
      http === undefined ? connects(endpoint, settle) : answers(endpoint, http, settle);
    probing.on('error', onStop);
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
  });

function connects({ address, port }: Endpoint, settle: (good: boolean) => void): Cancellable {
  const socket = connect({ host: address, port });
  socket.once('connect', () => settle(true));
  return socket;
}

/** The status is enough: a body may be as long as it likes. */
function answers(
  { address, port }: Endpoint,
  { path, hostname, expectedStatuses }: HttpCheck,
  settle: (good: boolean) => void,
): Cancellable {
  const host = hostname ?? formatHostPort({ host: address, port });
  const headers = { Host: host, 'User-Agent': USER_AGENT, Connection: 'close' };
  const probing = request({ host: address, port, path, headers, agent: false });
  probing.once('response', ({ statusCode = 0 }) => {
    settle(expectedStatuses?.has(statusCode) ?? (statusCode >= 200 && statusCode < 300));
  });
  probing.end();
  return probing;
}
