/** A response header that a test's route sets: it tells from outside which revision answered. */
import { eventually, type WaitOptions } from './eventually.ts';
import type { InstanceProcess } from './instance-process.ts';

export const MARKER_HEADER = 'revision-marker';

/** The marker of one answer; undefined where no complete answer with status 200 came. */
export async function servedMarker(instance: InstanceProcess, path = '/'): Promise<string | undefined> {
  const { status, headers } = await instance.get(path);
  const marker = headers[MARKER_HEADER];
  return status === 200 && typeof marker === 'string' ? marker : undefined;
}

/** Resolves when every one of them answers with this marker. */
export async function allServe(
  instances: InstanceProcess[],
  marker: string,
  options?: WaitOptions,
): Promise<void> {
  const waits = instances.map((instance) =>
    eventually(
      `${instance.name} serves marker ${marker}`,
      async () => {
        const found = await servedMarker(instance);
        if (found === marker) return true;
        throw new Error(`it serves ${found}`);
      },
      options,
    ),
  );
  await Promise.all(waits);
}
