/** Sends requests to the API server with the kubeconfig's credentials: each with a timeout, each failure an ApiError. */
import { type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { type Dispatcher, request as send } from 'undici';
import { ApiError, isApiError, KubeError } from '../errors.ts';
import { Deadline } from './deadline.ts';
import { DispatcherKeeper } from './dispatcher-keeper.ts';
import { pause } from './pause.ts';
import { retryWaitMs } from './retry.ts';
import { answerError } from './status-error.ts';

export type Query = Record<string, string | number | boolean | undefined>;

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, without the query. */
  path: string;
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `application/json`. */
  contentType?: string;
  /** For one try and its whole answer, milliseconds; default 15 s. */
  timeoutMs?: number | undefined;
  /** How often a busy server (429, 503 with Retry-After) is tried again, 0 or more; default 3. */
  retries?: number | undefined;
  /** Ends it, also during a wait for a retry; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called right before each try; what it throws is what the request rejects with, and nothing is sent. */
  beforeSend?: (() => void) | undefined;
}

export interface StreamRequest extends Omit<ApiRequest, 'retries' | 'timeoutMs'> {
  /** Until the answer begins, milliseconds. */
  headersMs: number;
  /** Without a byte of the answer, milliseconds. */
  idleMs: number;
  /** From the request to the end of the answer, milliseconds. */
  lifeMs: number;
}

/** An answer as it comes; whoever opens it must `close` it. */
export interface AnswerStream {
  chunks: AsyncIterable<Buffer>;
  close(): void;
}

export interface TransportOptions {
  kubeConfig: KubeConfig;
  /** Names this program to the server: in its audit log and its metrics. */
  userAgent: string;
  random?: (() => number) | undefined;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_RETRIES = 3;
/** A page of large objects is some hundred MB at most; beyond, memory is at stake. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_BYTES = 1024 * 1024;

export class ApiTransport {
  readonly #kubeConfig: KubeConfig;
  readonly #userAgent: string;
  readonly #random: () => number;
  readonly #dispatchers = new DispatcherKeeper();

  constructor({ kubeConfig, userAgent, random = Math.random }: TransportOptions) {
    this.#kubeConfig = kubeConfig;
    this.#userAgent = userAgent;
    this.#random = random;
  }

  /** The whole answer. */
  async send(request: ApiRequest): Promise<Buffer> {
    const retries = request.retries ?? DEFAULT_RETRIES;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#sendOnce(request);
      } catch (error) {
        const waitMs = attempt < retries ? retryWaitMs(error, this.#random) : undefined;
        if (waitMs === undefined) throw error;
        await pause(waitMs, request.signal);
        request.signal?.throwIfAborted();
      }
    }
  }

  /** The answer as it comes: for watches. Not tried again. */
  async open(request: StreamRequest): Promise<AnswerStream> {
    const life = new Deadline(request.lifeMs, request.signal);
    const close = () => life.end();
    try {
      const answer = await this.#request(request, life, {
        headersTimeout: request.headersMs,
        bodyTimeout: request.idleMs,
      });
      await this.#expectSuccess(request, answer);
      return { chunks: named(request, life, answer.body as AsyncIterable<Buffer>), close };
    } catch (error) {
      close();
      throw this.#failure(request, life, error);
    }
  }

  /** Cuts every connection; requests under way reject. */
  async close(): Promise<void> {
    await this.#dispatchers.close();
  }

  async #sendOnce(request: ApiRequest): Promise<Buffer> {
    const deadline = new Deadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, request.signal);
    try {
      // The deadline is the only clock: undici's own would end a large answer of a slow server earlier.
      const answer = await this.#request(request, deadline, { headersTimeout: 0, bodyTimeout: 0 });
      await this.#expectSuccess(request, answer);
      return await readAll(request, answer.body, MAX_ANSWER_BYTES);
    } catch (error) {
      throw this.#failure(request, deadline, error);
    } finally {
      deadline.end();
    }
  }

  async #request(
    request: Omit<ApiRequest, 'timeoutMs' | 'retries'>,
    deadline: Deadline,
    timeouts: { headersTimeout: number; bodyTimeout: number },
  ): Promise<Dispatcher.ResponseData> {
    const { method, path, body, contentType = 'application/json', beforeSend } = request;
    const context = new RequestContext(this.#url(path, request.query), method as RequestMethod);
    await deadline.bound(this.#kubeConfig.applySecurityAuthentication(context));
    const dispatcher = this.#dispatchers.take(context.getDispatcher() as Dispatcher | undefined);
    const headers = { ...context.getHeaders(), accept: 'application/json', 'user-agent': this.#userAgent };
    const options = {
      method,
      dispatcher,
      headers: body === undefined ? headers : { ...headers, 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
      signal: deadline.signal,
      // One connection a watch: over HTTP/2 the cut or stall of one connection would be that of all watches and writes.
      allowH2: false,
      ...timeouts,
    };
    // The last moment before bytes leave: credentials may have taken their time.
    beforeSend?.();
    return send(context.getUrl(), options);
  }

  #url(path: string, query: Query = {}): string {
    const server = this.#kubeConfig.getCurrentCluster()?.server;
    if (server === undefined) throw new TypeError('the kubeconfig has no current cluster');
    const url = new URL(server.replace(/\/+$/, '') + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  async #expectSuccess(
    request: RequestName,
    { statusCode, headers, body }: Dispatcher.ResponseData,
  ): Promise<void> {
    if (statusCode >= 200 && statusCode < 300) return;
    const text = (await readAll(request, body, MAX_ERROR_BYTES)).toString();
    throw answerError(nameOf(request), statusCode, text, headers['retry-after']?.toString());
  }

  #failure(
    request: RequestName & { signal?: AbortSignal | undefined },
    deadline: Deadline,
    error: unknown,
  ): unknown {
    // Credentials or certificates may have been renewed since the connections were made.
    if (isApiError(error, 'Unauthorized') || isTlsFailure(error)) this.#dispatchers.drop();
    return failure(request, deadline, error);
  }
}

type RequestName = Pick<ApiRequest, 'method' | 'path'>;
type RequestMethod = ConstructorParameters<typeof RequestContext>[1];

function nameOf({ method, path }: RequestName): string {
  return `${method} ${path}`;
}

async function readAll(request: RequestName, body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new ApiError('AnswerInvalid', `${nameOf(request)}: more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** The chunks, with every failure an ApiError. */
async function* named(
  request: StreamRequest,
  life: Deadline,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw failure(request, life, error);
  }
}

function failure(
  request: RequestName & { signal?: AbortSignal | undefined },
  deadline: Deadline,
  error: unknown,
): unknown {
  if (request.signal?.aborted) return request.signal.reason;
  if (error instanceof ApiError || error instanceof KubeError) return error;
  if (deadline.passed) return new ApiError('TimedOut', `${nameOf(request)}: no complete answer in time`);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return new ApiError('Stalled', `${nameOf(request)}: not a byte any more`);
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return new ApiError('TimedOut', `${nameOf(request)}: no answer in time`);
  if (code === undefined && !(error instanceof Error && error.message === 'terminated')) return error;
  return new ApiError('Unreachable', `${nameOf(request)}: ${(error as Error).message}`, { cause: error });
}

/** Node names what is wrong with a certificate in codes of several families. */
function isTlsFailure(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  return /^ERR_(TLS|SSL)_|CERT|^UNABLE_TO_/.test(code);
}
