/** A new connection to an endpoint, with a deadline. */
import { connect, type Socket } from 'node:net';
import type { Target } from '../../upstreams/backend.ts';

export interface ConnectEvents {
  connected(): void;
  failed(): void;
}

/** Exactly one of the events follows, unless the socket is destroyed first by the caller. */
export function connectTo(target: Target, timeoutMs: number, events: ConnectEvents): Socket {
  const socket = connect({ host: target.address, port: target.port, noDelay: true });
  let decided = false;
  const decide = (tell: () => void): void => {
    if (decided) return;
    decided = true;
    clearTimeout(timer);
    tell();
  };
  const timer = setTimeout(() => {
    decide(() => events.failed());
    socket.destroy();
  }, timeoutMs);
  socket.once('connect', () => decide(() => events.connected()));
  socket.on('error', () => decide(() => events.failed()));
  socket.once('close', () => decide(() => {}));
  return socket;
}
