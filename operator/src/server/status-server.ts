/** The status server of the operator. */
import { SideServer } from '@holdfast/program/server/side-server.ts';
import { type StatusSource, statusRoutes } from '@holdfast/program/server/status-routes.ts';
import { formatHostPort, type HostPort } from '@holdfast/protocol/values/address.ts';
import { startError } from '../errors.ts';

/** What both status paths answer with. */
export interface OperatorStatus {
  version: string;
  /** Every resource has been listed: leader and standby alike. */
  ready: boolean;
  leading: boolean;
  /** Who holds the Lease, as last seen; null before. */
  leader: string | null;
}

/** Throws a StartError where the address can't be bound. */
export async function startStatusServer(
  address: HostPort,
  source: StatusSource<OperatorStatus>,
): Promise<SideServer> {
  try {
    return await SideServer.start(address, statusRoutes(source));
  } catch (error) {
    const where = formatHostPort(address);
    throw startError('STATUS_NOT_BOUND', `--status ${where}: ${(error as Error).message}`);
  }
}
