import type { DataPlane } from '@holdfast/api/data-plane.ts';
import { DATA_PLANE_LABEL } from '@holdfast/api/labels.ts';
import { type KubeObject, objectKey } from '@holdfast/kube/objects/object.ts';
import { controllerReference } from '@holdfast/kube/objects/owner.ts';
import { type Change, ObjectCache } from '@holdfast/kube/reflector/object-cache.ts';
import type { Secret } from '../kubernetes/objects.ts';
import { TokenSecrets } from './token-secrets.ts';

/** A cache that tells its changes, as a reflector does. */
class Told<T extends KubeObject> {
  readonly #cache = new ObjectCache<T>();
  #handler: (change: Change<T>) => void = () => undefined;

  readonly onChange = (handler: (change: Change<T>) => void) => {
    this.#handler = handler;
    return () => undefined;
  };

  readonly get = (name: { namespace?: string | undefined; name: string }) => this.#cache.get(name);

  put(object: T): void {
    for (const change of this.#cache.put(object)) this.#handler(change);
  }

  remove(object: T): void {
    for (const change of this.#cache.remove(object)) this.#handler(change);
  }
}

function secret(owner: string, token: string, name = `${owner}-token`, version = '1'): Secret {
  const labels = { [DATA_PLANE_LABEL]: owner };
  const ownerReferences = [controllerReference(dataPlane(owner))];
  const metadata = {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: version,
    labels,
    ownerReferences,
  };
  const data = { token: Buffer.from(token).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data };
}

function dataPlane(name: string, uid = name): DataPlane {
  const metadata = { name, namespace: 'default', uid, generation: 1, resourceVersion: '1' };
  return { apiVersion: 'holdfast.dev/v1alpha1', kind: 'DataPlane', metadata, spec: {} } as DataPlane;
}

let secrets: Told<Secret>;
let dataPlanes: Told<DataPlane>;
let tokens: TokenSecrets;
beforeEach(() => {
  secrets = new Told();
  dataPlanes = new Told();
  tokens = new TokenSecrets(secrets, dataPlanes);
  dataPlanes.put(dataPlane('edge'));
});

test('a token gives access to the DataPlane whose Secret holds it, and to no other', () => {
  dataPlanes.put(dataPlane('other'));
  secrets.put(secret('edge', 'one\n'));
  secrets.put(secret('other', 'two'));
  expect(tokens.admit('one')?.dataPlane).toBe(objectKey({ namespace: 'default', name: 'edge' }));
  expect(tokens.admit('two')?.dataPlane).toBe('default/other');
  expect(tokens.admit('three')).toBeUndefined();
});

test('I7: a Secret of another name, or an empty one, lets nobody in', () => {
  secrets.put(secret('edge', 'one', 'elsewhere'));
  secrets.put(secret('edge', ''));
  expect([tokens.admit('one'), tokens.admit('')]).toEqual([undefined, undefined]);
});

test('what was admitted is valid until the token changes, or the Secret or the DataPlane is gone', () => {
  secrets.put(secret('edge', 'one'));
  const admission = tokens.admit('one')!;
  expect(admission.isValid()).toBe(true);
  secrets.put(secret('edge', 'two', undefined, '2'));
  expect([admission.isValid(), tokens.admit('one')]).toEqual([false, undefined]);
  const second = tokens.admit('two')!;
  dataPlanes.remove(dataPlane('edge'));
  expect([second.isValid(), tokens.admit('two')]).toEqual([false, undefined]);
  dataPlanes.put(dataPlane('edge'));
  secrets.remove(secret('edge', 'two', undefined, '2'));
  expect(second.isValid()).toBe(false);
});

test('I7: the token of a DataPlane that is gone opens nothing of one made anew under its name', () => {
  secrets.put(secret('edge', 'one'));
  const admission = tokens.admit('one')!;
  dataPlanes.remove(dataPlane('edge'));
  dataPlanes.put(dataPlane('edge', 'another'));
  expect([admission.isValid(), tokens.admit('one')]).toEqual([false, undefined]);
});
