/** The environment that started processes get: the caller's, without what was meant for the caller alone. */

/** Jest's NODE_OPTIONS and a person's HOLDFAST_ settings would change what is tested. */
export function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && name !== 'NODE_CHANNEL_FD' && !name.startsWith('HOLDFAST_'),
  );
  return { ...Object.fromEntries(kept), ...extra };
}
