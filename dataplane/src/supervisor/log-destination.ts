/** Where log lines go: written without ever holding up the program, nor its end, whatever becomes of disk and reader. */
import pino from 'pino';

type Destination = ReturnType<typeof pino.destination>;
type DestinationOptions = Exclude<
  Parameters<typeof pino.destination>[0],
  string | number | object[] | undefined
>;

/** As `pino.destination`, not synchronous. `maxLength` bounds what waits, bytes: beyond it lines are dropped. */
export function logDestination(options: DestinationOptions & { maxLength: number }): Destination {
  const destination = pino.destination({ ...options, sync: false });
  let isBroken = false;
  // A log that can't be written, as on a full disk, is no reason to stop serving.
  destination.on('error', () => {
    isBroken = true;
  });
  destination.on('write', () => {
    isBroken = false;
  });
  // At the exit pino writes what waits, and would try a full disk without end: a worker would stay on its ports.
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    if (!isBroken) flushSync();
  };
  return destination;
}
