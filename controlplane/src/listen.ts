/** Listening on an address, with one clear error where that is not possible. */
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import { ControlPlaneError, systemReason } from './errors.ts';

/** Throws ControlPlaneError ADDRESS_UNAVAILABLE, naming the setting that gave the address, where `listening` rejects. */
export async function listen<T>(setting: string, address: HostPort, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    throw new ControlPlaneError(
      'ADDRESS_UNAVAILABLE',
      `${setting} ${formatHostPort(address)}: ${systemReason(error)}`,
    );
  }
}
