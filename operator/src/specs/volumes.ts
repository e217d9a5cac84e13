/** The volumes of an instance's pod, and where its container finds them. */
import { TOKEN_KEY } from './token-secret.ts';

const TOKEN_DIRECTORY = '/etc/holdfast/token';

export const TOKEN_FILE = `${TOKEN_DIRECTORY}/${TOKEN_KEY}`;
export const CACHE_DIRECTORY = '/var/cache/holdfast';

/** Owner and group may read the token, nobody else (I7). */
const TOKEN_MODE = 0o440;

export function podVolumes(tokenSecret: string): Record<string, unknown>[] {
  return [
    { name: 'token', secret: { secretName: tokenSecret, defaultMode: TOKEN_MODE } },
    // On the node's disk a full one would get the pod evicted; in memory a write fails, and the instance serves on.
    { name: 'cache', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
}

export function volumeMounts(): Record<string, unknown>[] {
  return [
    { name: 'token', mountPath: TOKEN_DIRECTORY, readOnly: true },
    { name: 'cache', mountPath: CACHE_DIRECTORY },
  ];
}
