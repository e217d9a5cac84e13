/** Ends of sockets that leave the peer time to read what it was sent. */
import type { Socket } from 'node:net';

/** Sends the last bytes of a connection and closes it. */
export function sayAndClose(socket: Socket, words: Buffer, lingerMs: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(words);
  lingeringClose(socket, lingerMs);
}

/** Ends our side now, reads and drops what still comes, and closes at the latest after `lingerMs`. */
export function lingeringClose(socket: Socket, lingerMs: number): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
