/** Moments spread over a while, so that what ends at them does not come back all at once. */

/** Runs each task at a random moment within `spreadMs`; resolves after the last one. */
export async function spread(tasks: readonly (() => void)[], spreadMs: number): Promise<void> {
  await Promise.all(
    tasks.map(
      (task) =>
        new Promise<void>((resolve) => {
          setTimeout(() => {
            task();
            resolve();
          }, Math.random() * spreadMs);
        }),
    ),
  );
}
