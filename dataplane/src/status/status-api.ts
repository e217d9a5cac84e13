/** The status API of an instance: it answers from what the supervisor knows, and never waits for a worker. */
import { SideServer } from '@holdfast/program/server/side-server.ts';
import { type StatusSource, statusRoutes } from '@holdfast/program/server/status-routes.ts';
import type { StatusDocument } from '@holdfast/protocol/status/status-document.ts';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import { startError } from '../errors.ts';

/** Throws a StartError where the address can't be bound. */
export async function startStatusApi(
  address: HostPort,
  source: StatusSource<StatusDocument>,
): Promise<SideServer> {
  try {
    return await SideServer.start(address, statusRoutes(source));
  } catch (error) {
    throw startError(
      'STATUS_NOT_BOUND',
      `status API on ${formatHostPort(address)} cannot be bound: ${(error as Error).message}`,
    );
  }
}
