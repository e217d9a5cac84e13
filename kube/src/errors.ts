/** Every way in which talking to the API server, or a mechanism of this library, can fail. */

/** What an ApiError's `reason` can be: the `reason` of the server's Status, or what kept an answer from coming. */
export const API_ERRORS = {
  BadRequest: { status: 400, description: 'the server does not understand the request' },
  Unauthorized: { status: 401, description: 'the credentials are missing or not valid any more' },
  Forbidden: { status: 403, description: 'the identity may not do this: a rule of RBAC is missing' },
  NotFound: { status: 404, description: 'there is no such object, or no such resource' },
  MethodNotAllowed: { status: 405, description: 'the resource does not support this verb' },
  NotAcceptable: { status: 406, description: 'the server cannot answer in JSON' },
  Conflict: { status: 409, description: 'the object is not what the request takes for given: read it again' },
  AlreadyExists: { status: 409, description: 'an object of this name exists' },
  Gone: { status: 410, description: 'the resource version or page is not kept any more: list again' },
  Expired: { status: 410, description: 'the resource version or page is not kept any more: list again' },
  RequestEntityTooLarge: { status: 413, description: 'the object is larger than the server takes' },
  UnsupportedMediaType: { status: 415, description: 'the server does not know this kind of patch' },
  Invalid: { status: 422, description: 'the object is not valid: `causes` name the fields' },
  TooManyRequests: { status: 429, description: 'the server is busy, or a disruption budget forbids it' },
  InternalError: { status: 500, description: 'the server failed' },
  ServiceUnavailable: { status: 503, description: 'the server, or a webhook or API behind it, is not there' },
  Timeout: { status: 504, description: 'the server did not finish in its time' },
  ServerTimeout: { status: 504, description: 'the server did not finish in its time; it may be tried again' },
  Unknown: { status: 0, description: 'the server answered with a reason that is not in this table' },
  Unreachable: { status: 0, description: 'no connection, or it was cut before the answer was complete' },
  TimedOut: { status: 0, description: 'no complete answer within the request timeout' },
  Stalled: { status: 0, description: 'a watch brought no byte for longer than a live one does' },
  AnswerInvalid: { status: 0, description: 'the answer is too large or not the JSON that was asked for' },
} as const;

export type ApiErrorReason = keyof typeof API_ERRORS;

/** A failure's `causes`: which field, and what is wrong with it. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface ApiErrorDetails {
  /** Of the HTTP answer, or of the Status in a watch; 0 where none came. */
  status?: number;
  causes?: readonly StatusCause[];
  /** Milliseconds the server asked to wait before the next try. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiErrorReason;
  readonly status: number;
  readonly causes: readonly StatusCause[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: ApiErrorReason, message: string, details: ApiErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.status = details.status ?? API_ERRORS[reason].status;
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True where `error` is an ApiError for one of these reasons. */
export function isApiError(error: unknown, ...reasons: ApiErrorReason[]): error is ApiError {
  return error instanceof ApiError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** Codes with what they mean; the reference documentation lists them from here. */
export const KUBE_ERRORS = {
  NOT_OWNED: 'an object of this name exists and belongs to someone else: it is neither changed nor deleted',
  NOT_LEADING: 'this replica does not hold the lease any more: no write may start',
  CONTESTED: 'the object was changed by others each time it was about to be written; it is tried again later',
  STOPPED: 'the part was stopped before this could happen',
} as const;

export type KubeErrorCode = keyof typeof KUBE_ERRORS;

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: KubeErrorCode;

  constructor(code: KubeErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** One line for a log: what failed, and what that came from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== ''
    ? `${error.message}: ${cause.message}`
    : error.message;
}
