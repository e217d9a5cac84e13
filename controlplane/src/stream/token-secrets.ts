/** Tokens in Secrets `<dataplane>-token` of the cluster, as the operator makes them. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { objectKey, parseObjectKey } from '@holdfast/kube/objects/object.ts';
import { controllerOf } from '@holdfast/kube/objects/owner.ts';
import type { Watched } from '@holdfast/kube/reflector/watched.ts';
import type { Secret } from '../kubernetes/objects.ts';
import { type Admission, dataPlaneOf, digestOf, type TokenEntry, type Tokens } from './tokens.ts';

const TOKEN_KEY = 'token';

interface SecretEntry extends TokenEntry {
  /** UID of the DataPlane that it was made for. */
  owner: string | undefined;
}

export class TokenSecrets implements Tokens {
  readonly #dataPlanes: Pick<Watched<DataPlane>, 'get'>;
  /** By `NAMESPACE/NAME` of the DataPlane. */
  readonly #entries = new Map<string, SecretEntry>();

  constructor(secrets: Pick<Watched<Secret>, 'onChange'>, dataPlanes: Pick<Watched<DataPlane>, 'get'>) {
    this.#dataPlanes = dataPlanes;
    secrets.onChange(({ type, object }) => this.#take(object, type === 'deleted'));
  }

  admit(token: string): Admission | undefined {
    const presented = digestOf(token);
    const dataPlane = dataPlaneOf(presented, this.#entries.values());
    if (dataPlane === undefined) return undefined;
    const isValid = () => {
      const entry = this.#entries.get(dataPlane);
      return entry?.digest.equals(presented) === true && this.#belongs(entry);
    };
    return isValid() ? { dataPlane, isValid } : undefined;
  }

  #take(secret: Secret, isDeleted: boolean): void {
    const { name, namespace, labels } = secret.metadata;
    const dataPlane = labels?.[DATA_PLANE_LABEL];
    if (dataPlane === undefined || name !== `${dataPlane}-token`) return;
    const key = objectKey({ namespace, name: dataPlane });
    const token = Buffer.from(secret.data?.[TOKEN_KEY] ?? '', 'base64')
      .toString()
      .trim();
    if (isDeleted || token === '') this.#entries.delete(key);
    else
      this.#entries.set(key, {
        dataPlane: key,
        digest: digestOf(token),
        owner: controllerOf(secret)?.uid,
      });
  }

  /** A Secret outlives its DataPlane for a while, in which one of the same name may be made anew. */
  #belongs({ dataPlane, owner }: SecretEntry): boolean {
    const found = this.#dataPlanes.get(parseObjectKey(dataPlane));
    return found !== undefined && found.metadata.uid === owner;
  }
}
