/** One watch: a stream of changes that ends cleanly, or with an error that says why. */
import { ApiError } from '../errors.ts';
import type { KubeObject } from '../objects/object.ts';
import { collectionPath, type Resource } from '../objects/resource.ts';
import { jsonLines } from './json-lines.ts';
import { eventError } from './status-error.ts';
import type { ApiTransport } from './transport.ts';

export interface WatchOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Changes after this one. */
  resourceVersion: string;
  /** After which the server ends the watch cleanly, seconds, 1 or more. */
  timeoutSeconds: number;
  /** Without a byte, milliseconds, after which the connection counts as dead. A server sends a bookmark a minute. */
  idleMs: number;
  signal?: AbortSignal | undefined;
}

/** A bookmark says only that everything up to its resource version has been sent. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

const HEADERS_MS = 15_000;
/** etcd takes 1.5 MB an object by default; JSON and managed fields come on top. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;
/** A server that does not end the watch in its time is taken for dead after this much more. */
const GRACE_MS = 30_000;

export async function* openWatch<T extends KubeObject>(
  transport: ApiTransport,
  resource: Resource,
  { namespace, idleMs, signal, ...selection }: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const path = collectionPath(resource, namespace);
  const stream = await transport.open({
    method: 'GET',
    path,
    query: { ...selection, watch: true, allowWatchBookmarks: true },
    headersMs: HEADERS_MS,
    idleMs,
    lifeMs: selection.timeoutSeconds * 1000 + GRACE_MS,
    signal,
  });
  try {
    for await (const value of jsonLines(stream.chunks, MAX_EVENT_BYTES))
      yield readEvent<T>(`WATCH ${path}`, value);
  } finally {
    stream.close();
  }
}

function readEvent<T extends KubeObject>(request: string, value: unknown): WatchEvent<T> {
  const { type, object } = (value ?? {}) as { type?: string; object?: T };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      if (object?.metadata === undefined)
        throw new ApiError('AnswerInvalid', `${request}: ${type} without an object`);
      return { type, object };
    case 'ERROR':
      throw eventError(request, object);
    default:
      throw new ApiError('AnswerInvalid', `${request}: an event of the unknown type ${String(type)}`);
  }
}
