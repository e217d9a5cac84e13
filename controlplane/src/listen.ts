/** Listening on an address, with one clear error where that is not possible. */
import type { Server } from 'node:http';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import { ControlPlaneError, systemReason } from './errors.ts';

/** Throws ControlPlaneError ADDRESS_UNAVAILABLE, naming the setting that gave the address. */
export async function listen(server: Server, address: HostPort, setting: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(address.port, address.host, resolve);
  try {
    await promise;
  } catch (error) {
    throw new ControlPlaneError(
      'ADDRESS_UNAVAILABLE',
      `${setting} ${formatHostPort(address)}: ${systemReason(error)}`,
    );
  } finally {
    server.off('error', reject);
  }
}
