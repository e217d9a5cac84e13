/** Binds the listeners of the instance and keeps their descriptors open to its end; nothing is accepted here. */
import { BoundSocket } from 'node:net';
import { formatHostPort } from '@holdfast/protocol/values/address.ts';
import { startError } from '../errors.ts';
import type { ListenerSetting } from '../settings/settings.ts';

/**
 * The queue of waiting connections belongs to the descriptor, so it outlives any worker that listens on it. Until a
 * first worker listens, connections are refused, which is what an instance that is not ready shall do.
 */
export interface BoundListener extends ListenerSetting {
  /** The port really bound, also where the setting says 0. */
  port: number;
  /** In the supervisor; workers inherit it. */
  fd: number;
}

export class Listeners {
  readonly bound: readonly BoundListener[];
  readonly #sockets: BoundSocket[] = [];

  /** Binds all or throws a StartError that names the listener which can't be bound. */
  constructor(settings: readonly ListenerSetting[]) {
    try {
      this.bound = settings.map((setting) => this.#bind(setting));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #bind(setting: ListenerSetting): BoundListener {
    try {
      const socket = new BoundSocket({ host: setting.host, port: setting.port });
      this.#sockets.push(socket);
      return { ...setting, port: socket.address().port, fd: socket.fd() };
    } catch (error) {
      const where = `${setting.name} on ${formatHostPort(setting)}`;
      throw startError(
        'LISTENER_NOT_BOUND',
        `listener ${where} cannot be bound: ${(error as Error).message}`,
      );
    }
  }
}
