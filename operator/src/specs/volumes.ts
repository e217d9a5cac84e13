/** The volumes of an instance's pod, and where its container finds them. */
import { bootstrapSecretName } from '@holdfast/api/bootstrap-secret.ts';
import { BOOTSTRAP_PARTS } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import type { Identity } from './child-metadata.ts';
import { TOKEN_KEY, tokenSecretName } from './token-secret.ts';

const TOKEN_DIRECTORY = '/etc/holdfast/token';

export const TOKEN_FILE = `${TOKEN_DIRECTORY}/${TOKEN_KEY}`;
export const CACHE_DIRECTORY = '/var/cache/holdfast';
export const BOOTSTRAP_DIRECTORY = '/etc/holdfast/bootstrap';

/** Owner and group may read a Secret, nobody else (I7). */
const SECRET_MODE = 0o440;

export function podVolumes(identity: Identity): Record<string, unknown>[] {
  return [
    { name: 'token', secret: { secretName: tokenSecretName(identity), defaultMode: SECRET_MODE } },
    { name: 'bootstrap', projected: { sources: bootstrapSources(identity), defaultMode: SECRET_MODE } },
    // On the node's disk a full one would get the pod evicted; in memory a write fails, and the instance serves on.
    { name: 'cache', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
}

export function volumeMounts(): Record<string, unknown>[] {
  return [
    { name: 'token', mountPath: TOKEN_DIRECTORY, readOnly: true },
    { name: 'bootstrap', mountPath: BOOTSTRAP_DIRECTORY, readOnly: true },
    { name: 'cache', mountPath: CACHE_DIRECTORY },
  ];
}

/**
 * All parts from the start, since a template with more of them later would restart every pod; optional, since there are none before the
 * first revision. In one volume, so that parts of one writing arrive together.
 */
function bootstrapSources({ name }: Identity): Record<string, unknown>[] {
  return Array.from({ length: BOOTSTRAP_PARTS }, (_, part) => {
    return { secret: { name: bootstrapSecretName(name, part), optional: true } };
  });
}
