/** Waits that end: a promise against a deadline and a stop signal. */

/** Rejects when `work` does, after `ms` milliseconds, or when `stop` is aborted; `work` itself is left to end by itself. */
export async function within<T>(ms: number, stop: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(ms)} ms`)), ms);
  const onStop = () => reject(new Error('stopped'));
  stop.addEventListener('abort', onStop, { once: true });
  try {
    stop.throwIfAborted();
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}
