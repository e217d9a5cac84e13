/** The Secrets of one DataPlane's bootstrap in the cluster: brought to what the parts are, and owned by the DataPlane. */
import { hash } from 'node:crypto';
import { BOOTSTRAP_SECRET_TYPE, bootstrapSecretName } from '@holdfast/api/bootstrap-secret.ts';
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import type { ApiClient } from '@holdfast/kube/client/api-client.ts';
import { isApiError, KubeError } from '@holdfast/kube/errors.ts';
import { objectKey } from '@holdfast/kube/objects/object.ts';
import { controllerReference, isControlledBy } from '@holdfast/kube/objects/owner.ts';
import { BOOTSTRAP_PARTS, partName } from '@holdfast/protocol/bootstrap/bootstrap.ts';
import { SECRETS, type Secret } from '../kubernetes/objects.ts';

export interface BootstrapSecretsOptions {
  /** Fenced by leadership. */
  client: ApiClient;
  fieldManager: string;
  dataPlane: DataPlane;
}

/** A Secret as it was seen last. */
interface Known {
  resourceVersion: string | undefined;
  /** Of its part. */
  digest: string;
}

export class BootstrapSecrets {
  readonly #options: BootstrapSecretsOptions;
  /** By part; null: there is none. Absent: it has to be asked for. */
  readonly #known = new Map<number, Known | null>();

  constructor(options: BootstrapSecretsOptions) {
    this.#options = options;
  }

  /**
   * Rejects where it could not be done; then it may be done in part, which an instance notices and refuses. The first part is written last:
   * from one part to several and back no moment has a set that does not belong together.
   */
  async write(parts: readonly Buffer[]): Promise<void> {
    for (let part = parts.length - 1; part >= 0; part--) await this.#bring(part, parts[part]!);
    for (let part = parts.length; part < BOOTSTRAP_PARTS; part++) await this.#remove(part);
  }

  /** What others did to them meanwhile is found at the next write. */
  forget(): void {
    this.#known.clear();
  }

  async #bring(part: number, content: Buffer): Promise<void> {
    const known = await this.#look(part);
    const digest = digestOf(content.toString('base64'));
    if (known?.digest === digest) return;
    await this.#attempt(part, async () => {
      const { metadata } =
        known === null ? await this.#create(part, content) : await this.#patch(part, content, known);
      this.#known.set(part, { resourceVersion: metadata.resourceVersion, digest });
    });
  }

  async #remove(part: number): Promise<void> {
    const known = await this.#look(part);
    if (known === null) return;
    const { resourceVersion } = known;
    await this.#attempt(part, async () => {
      await this.#options.client.delete(SECRETS, this.#name(part), { preconditions: { resourceVersion } });
      this.#known.set(part, null);
    });
  }

  async #look(part: number): Promise<Known | null> {
    const known = this.#known.get(part);
    if (known !== undefined) return known;
    const live = await this.#options.client.find<Secret>(SECRETS, this.#name(part));
    if (live !== undefined && !isControlledBy(live, this.#options.dataPlane)) {
      const what = `Secret ${objectKey(this.#name(part))}`;
      throw new KubeError('NOT_OWNED', `${what} belongs to someone else; it is left as it is`);
    }
    const seen = live === undefined ? null : knownOf(live, part);
    this.#known.set(part, seen);
    return seen;
  }

  #create(part: number, content: Buffer): Promise<Secret> {
    const { client, fieldManager, dataPlane } = this.#options;
    const { apiVersion, kind, metadata } = dataPlane;
    const owner = controllerReference({ apiVersion, kind, metadata });
    const secret = {
      apiVersion: 'v1',
      kind: SECRETS.kind,
      metadata: {
        ...this.#name(part),
        // Not the label by which programs watch Secrets: each would hold all bootstraps in memory.
        labels: { 'app.kubernetes.io/part-of': 'holdfast', 'app.kubernetes.io/managed-by': fieldManager },
        // Blocking the owner's deletion would take a right on its finalizers.
        ownerReferences: [{ ...owner, blockOwnerDeletion: false }],
      },
      type: BOOTSTRAP_SECRET_TYPE,
      data: dataOf(part, content),
    };
    return client.create<Secret>(SECRETS, secret, { fieldManager });
  }

  #patch(part: number, content: Buffer, { resourceVersion }: Known): Promise<Secret> {
    const { client, fieldManager } = this.#options;
    const patch = { metadata: { resourceVersion }, data: dataOf(part, content) };
    return client.mergePatch<Secret>(SECRETS, this.#name(part), patch, { fieldManager });
  }

  async #attempt(part: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // It may be others than it was thought, or have been written in spite of the failure.
      this.#known.delete(part);
      // Its message shows what the object would have become (I7).
      if (!isApiError(error, 'Invalid', 'BadRequest')) throw error;
      throw new Error(`Secret ${objectKey(this.#name(part))} cannot be written (${error.reason})`);
    }
  }

  #name(part: number): { namespace: string; name: string } {
    const { namespace, name } = this.#options.dataPlane.metadata;
    return { namespace, name: bootstrapSecretName(name, part) };
  }
}

function knownOf({ metadata, data }: Secret, part: number): Known {
  return { resourceVersion: metadata.resourceVersion, digest: digestOf(data?.[partName(part)] ?? '') };
}

function dataOf(part: number, content: Buffer): Record<string, string> {
  return { [partName(part)]: content.toString('base64') };
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}
