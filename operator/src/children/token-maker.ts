/** Makes the token of a DataPlane once. It is never made anew while there is one, and shown nowhere (I7). */
import { randomBytes } from 'node:crypto';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { isApiError, KubeError } from '@holdfast/kube/errors.ts';
import { objectKey, type UntypedObject } from '@holdfast/kube/objects/object.ts';
import { isControlledBy } from '@holdfast/kube/objects/owner.ts';
import { buildTokenSecret, TOKEN_KEY } from '../specs/token-secret.ts';
import { SECRETS } from '../watches/resources.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const TOKEN_BYTES = 32;

export class TokenMaker {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** True where it wrote. `cached` is the Secret as a cache has it. Throws NOT_OWNED where it is someone else's. */
  async ensure(dataPlane: DataPlane, cached: UntypedObject | undefined): Promise<boolean> {
    if (cached !== undefined && isControlledBy(cached, dataPlane) && hasToken(cached)) return false;
    const wanted = buildTokenSecret(dataPlane, randomBytes(TOKEN_BYTES).toString('base64url'));
    // A cache may be behind: what it does not show may be there, and instances may use it already.
    const live = await this.#client.find<UntypedObject>(SECRETS, wanted.metadata);
    if (live !== undefined) return this.#fill(dataPlane, live, wanted);
    await this.#client.create(SECRETS, wanted, { fieldManager: FIELD_MANAGER });
    return true;
  }

  async #fill(dataPlane: DataPlane, live: UntypedObject, wanted: UntypedObject): Promise<boolean> {
    if (!isControlledBy(live, dataPlane)) {
      const leaving = live.metadata.deletionTimestamp === undefined ? '' : ', and is being deleted';
      const what = `Secret ${objectKey(live.metadata)}`;
      throw new KubeError('NOT_OWNED', `${what} belongs to someone else${leaving}; it is left as it is`);
    }
    if (hasToken(live) && hasLabels(live, wanted)) return false;
    const { resourceVersion } = live.metadata;
    const patch = {
      metadata: { resourceVersion, labels: wanted.metadata.labels },
      ...(hasToken(live) ? {} : { data: wanted.data }),
    };
    await this.#client
      .mergePatch(SECRETS, live.metadata, patch, { fieldManager: FIELD_MANAGER })
      .catch((error: unknown) => {
        // Its message shows what the object would have become.
        if (!isApiError(error, 'Invalid', 'BadRequest')) throw error;
        throw new Error(`Secret ${objectKey(live.metadata)} cannot be given a token (${error.reason})`);
      });
    return true;
  }
}

function hasToken({ data }: UntypedObject): boolean {
  const token = (data as Record<string, unknown> | undefined)?.[TOKEN_KEY];
  return typeof token === 'string' && token !== '';
}

/** Without them it is not watched. */
function hasLabels({ metadata }: UntypedObject, wanted: UntypedObject): boolean {
  const labels = metadata.labels ?? {};
  return Object.entries(wanted.metadata.labels ?? {}).every(([name, value]) => labels[name] === value);
}
