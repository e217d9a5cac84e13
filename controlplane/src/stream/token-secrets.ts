/** Tokens in Secrets `<dataplane>-token` of the cluster, as the operator makes them. */
import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { objectKey } from '@holdfast/kube/objects/object.ts';
import type { Secret } from '../kubernetes/objects.ts';
import type { Watched } from '../kubernetes/watched.ts';
import { type Admission, dataPlaneOf, digestOf, type TokenEntry, type Tokens } from './tokens.ts';

const TOKEN_KEY = 'token';

export class TokenSecrets implements Tokens {
  readonly #dataPlanes: Pick<Watched<DataPlane>, 'get'>;
  /** By `NAMESPACE/NAME` of the DataPlane. */
  readonly #entries = new Map<string, TokenEntry>();

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
      return entry?.digest.equals(presented) === true && this.#exists(dataPlane);
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
    else this.#entries.set(key, { dataPlane: key, digest: digestOf(token) });
  }

  #exists(dataPlane: string): boolean {
    const [namespace, name] = dataPlane.split('/');
    return this.#dataPlanes.get({ namespace, name: name! }) !== undefined;
  }
}
