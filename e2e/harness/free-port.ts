/** Ports for programs that must find the same one again after a restart. */
import { createServer } from 'node:net';

/**
 * Below the kernel's ephemeral range (32768 and up on Linux): an outgoing connection of the load could otherwise
 * take the port of a killed instance as its own local port before the instance is back.
 */
const FIRST = 20_000;
const LAST = 31_999;
const ATTEMPTS = 200;
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, never the same twice in a process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port found in ${FIRST}..${LAST} after ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
