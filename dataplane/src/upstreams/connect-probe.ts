/** Finds out in the background whether a target can be connected to, so that no request has to. */
import { connect } from 'node:net';
import type { Target } from './backend.ts';

const PROBE_TIMEOUT_MS = 3_000;

/** Calls `done` once. A probe keeps no process alive. */
export type ConnectProbe = (target: Target, done: (stands: boolean) => void) => void;

export const probeConnection: ConnectProbe = ({ address, port }, done) => {
  let stands = false;
  const socket = connect({ host: address, port, timeout: PROBE_TIMEOUT_MS });
  socket.unref();
  socket.once('connect', () => {
    stands = true;
    socket.destroy();
  });
  socket.once('timeout', () => socket.destroy());
  socket.on('error', () => {});
  socket.once('close', () => done(stands));
};
