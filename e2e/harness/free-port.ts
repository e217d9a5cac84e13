/** Ports for programs that must find the same one again after a restart. */
import { createServer } from 'node:net';

/**
 * Below the kernel's ephemeral range (32768 and up on Linux): an outgoing connection of the load could otherwise
 * take the port of a killed instance as its own local port before the instance is back.
 */
const SLOTS = 4;
const PORTS_A_SLOT = 3_000;
/** Each of jest's workers has ports of its own: a port that stays free while its program is down must not be given to another's. */
const slot = (Number(process.env.JEST_WORKER_ID ?? 1) - 1) % SLOTS;
const FIRST = 20_000 + slot * PORTS_A_SLOT;
const ATTEMPTS = 200;
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, never the same twice in a process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * PORTS_A_SLOT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port found in ${FIRST}..${FIRST + PORTS_A_SLOT - 1} after ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
