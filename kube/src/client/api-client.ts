/** The verbs of the Kubernetes API on plain JSON objects: typed models drop fields that they don't know. */
import { ApiError, isApiError } from '../errors.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectName } from '../objects/object.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from '../objects/resource.ts';
import type { ApiRequest, ApiTransport, Query } from './transport.ts';
import { openWatch, type WatchEvent, type WatchOptions } from './watch.ts';

/** What must hold when a write starts: leadership. */
export interface Fence {
  /** Throws where it does not hold. */
  assertLeading(): void;
  /** Aborts when it does not hold any more. */
  readonly signal: AbortSignal;
}

export interface RequestOptions {
  /** For one try, milliseconds; default 15 s. */
  timeoutMs?: number;
  /** Tries again after 429 and 503 with Retry-After; default 3. */
  retries?: number;
  signal?: AbortSignal | undefined;
}

export interface Selection {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection, RequestOptions {
  /** Objects a page, 1 or more; default 500. Few where objects are large: a page is held in memory twice. */
  pageSize?: number | undefined;
}

export interface List<T> {
  items: T[];
  /** Where a watch goes on from. */
  resourceVersion: string;
}

export interface WriteOptions extends RequestOptions {
  /** Validates and admits without storing. */
  dryRun?: boolean;
  /** `Strict` makes an unknown or duplicate field an error; default: the server's, which warns. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  subresource?: string;
}

export interface CreateOptions extends Omit<WriteOptions, 'subresource'> {
  fieldManager: string;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Takes fields from other managers instead of failing with Conflict; default false. */
  force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  fieldManager: string;
}

export interface DeleteOptions extends RequestOptions {
  /** Deleted only while these hold, else Conflict. */
  preconditions?: { uid?: string | undefined; resourceVersion?: string | undefined };
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

interface ListAnswer<T> {
  items?: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;

export class ApiClient {
  readonly #transport: ApiTransport;
  readonly #fence: Fence | undefined;

  constructor(transport: ApiTransport, fence?: Fence) {
    this.#transport = transport;
    this.#fence = fence;
  }

  /** The same client, whose writes start only while the fence holds. */
  fenced(fence: Fence): ApiClient {
    return new ApiClient(this.#transport, fence);
  }

  get<T extends KubeObject>(resource: Resource, name: ObjectName, options: RequestOptions = {}): Promise<T> {
    return this.#json({ method: 'GET', path: objectPath(resource, name), ...options });
  }

  /** Undefined where there is none. */
  async find<T extends KubeObject>(
    resource: Resource,
    name: ObjectName,
    options: RequestOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, name, options);
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** All of them, read in pages that belong together, so that the whole is as of one resource version. */
  async list<T extends KubeObject>(resource: Resource, options: ListOptions = {}): Promise<List<T>> {
    try {
      return await this.#listPages<T>(resource, options, options.pageSize ?? PAGE_SIZE);
    } catch (error) {
      if (!isApiError(error) || error.status !== 410) throw error;
      // The pages were compacted away during the reading, which happens again however often it is begun anew.
      return this.#listPages<T>(resource, options, undefined);
    }
  }

  /** Changes from a resource version on, until the server ends it; throws when it ends in any other way. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    return openWatch<T>(this.#transport, resource, options);
  }

  create<T extends KubeObject>(resource: Resource, object: T, options: CreateOptions): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.#write({ method: 'POST', path, body: object, contentType: 'application/json' }, options);
  }

  /** Conflict where `metadata.resourceVersion` is not that of the stored object. */
  replace<T extends KubeObject>(resource: Resource, object: T, options: PatchOptions): Promise<T> {
    const path = objectPath(resource, object.metadata, options.subresource);
    return this.#write({ method: 'PUT', path, body: object, contentType: 'application/json' }, options);
  }

  /**
   * Server-side apply. A `metadata.uid` or `metadata.resourceVersion` in the object is a precondition: Conflict where
   * the stored object has another version or is not there, Invalid (cause `metadata.uid`) where it has another UID.
   */
  apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    const path = objectPath(resource, object.metadata, options.subresource);
    const { force = false } = options;
    return this.#write(
      { method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' },
      options,
      { force },
    );
  }

  applyStatus<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    return this.apply(resource, object, { ...options, subresource: 'status' });
  }

  mergePatch<T extends KubeObject>(
    resource: Resource,
    name: ObjectName,
    patch: object,
    options: PatchOptions,
  ): Promise<T> {
    const path = objectPath(resource, name, options.subresource);
    return this.#write(
      { method: 'PATCH', path, body: patch, contentType: 'application/merge-patch+json' },
      options,
    );
  }

  /** Writes which manager owns which fields; Conflict where the object has changed since it was read. */
  setManagedFields<T extends KubeObject>(
    resource: Resource,
    object: T,
    managedFields: ManagedFieldsEntry[],
    options: PatchOptions,
  ): Promise<T> {
    const { resourceVersion } = object.metadata;
    return this.mergePatch(
      resource,
      object.metadata,
      { metadata: { resourceVersion, managedFields } },
      options,
    );
  }

  /** Resolves when the deletion is accepted; finalizers may keep the object for longer. */
  async delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy = 'Background', ...request } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
    await this.#send({ method: 'DELETE', path: objectPath(resource, name), body, ...this.#guard(request) });
  }

  /** The text at a path outside the resources, such as `/version` or `/readyz`. */
  async raw(path: string, options: RequestOptions = {}): Promise<string> {
    return (await this.#send({ method: 'GET', path, ...options })).toString();
  }

  async #listPages<T extends KubeObject>(
    resource: Resource,
    { namespace, labelSelector, fieldSelector, timeoutMs = LIST_TIMEOUT_MS, retries, signal }: ListOptions,
    limit: number | undefined,
  ): Promise<List<T>> {
    const items: T[] = [];
    const path = collectionPath(resource, namespace);
    let next: string | undefined;
    for (;;) {
      const query = { labelSelector, fieldSelector, limit, continue: next };
      const page = await this.#json<ListAnswer<T>>({
        method: 'GET',
        path,
        query,
        timeoutMs,
        retries,
        signal,
      });
      for (const item of page.items ?? []) items.push(withKind(resource, item));
      const { resourceVersion, continue: following } = page.metadata ?? {};
      if (resourceVersion === undefined)
        throw new ApiError('AnswerInvalid', `GET ${path}: no resource version`);
      if (!following) return { items, resourceVersion };
      next = following;
    }
  }

  #write<T>(
    request: Pick<ApiRequest, 'method' | 'path' | 'body' | 'contentType'>,
    options: PatchOptions,
    more: Query = {},
  ): Promise<T> {
    const { fieldManager, dryRun, fieldValidation, timeoutMs, retries, signal } = options;
    const query = { fieldManager, fieldValidation, dryRun: dryRun ? 'All' : undefined, ...more };
    return this.#json<T>({ ...request, query, ...this.#guard({ timeoutMs, retries, signal }) });
  }

  #guard(options: Pick<ApiRequest, 'timeoutMs' | 'retries' | 'signal'>): Partial<ApiRequest> {
    const fence = this.#fence;
    if (fence === undefined) return options;
    const signals = options.signal === undefined ? [fence.signal] : [fence.signal, options.signal];
    return { ...options, signal: AbortSignal.any(signals), beforeSend: () => fence.assertLeading() };
  }

  async #json<T>(request: ApiRequest): Promise<T> {
    const body = await this.#send(request);
    try {
      return JSON.parse(body.toString()) as T;
    } catch (error) {
      throw new ApiError('AnswerInvalid', `${request.method} ${request.path}: the answer is not JSON`, {
        cause: error,
      });
    }
  }

  #send(request: ApiRequest): Promise<Buffer> {
    return this.#transport.send(request);
  }
}

/** In a list, the server leaves kind and version out of the items. */
function withKind<T extends KubeObject>(resource: Resource, item: T): T {
  if (item?.metadata?.name === undefined) {
    throw new ApiError('AnswerInvalid', `an item of a list of ${resource.plural} has no name`);
  }
  return { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
