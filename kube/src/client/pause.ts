/** A wait that a signal ends early. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms` milliseconds or when the signal aborts, whichever comes first; it never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
