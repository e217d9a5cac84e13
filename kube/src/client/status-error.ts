/** Turns what the server says about a failure, a Status object, into an ApiError. */
import { API_ERRORS, ApiError, type ApiErrorReason, type StatusCause } from '../errors.ts';

interface Status {
  message?: string;
  reason?: string;
  code?: number;
  details?: { causes?: StatusCause[]; retryAfterSeconds?: number };
}

/** Bodies of proxies and load balancers are not Status objects; a longer piece of them says no more. */
const MAX_QUOTED = 300;
const BY_STATUS = new Map<number, ApiErrorReason>();
for (const [reason, { status }] of Object.entries(API_ERRORS)) {
  // The first of two reasons with one status is the general one.
  if (status !== 0 && !BY_STATUS.has(status)) BY_STATUS.set(status, reason as ApiErrorReason);
}

/** Of an HTTP answer. `request` says what was asked (`GET /api/v1/pods`). */
export function answerError(request: string, code: number, body: string, retryAfter?: string): ApiError {
  const status = readStatus(body);
  const said = status.message ?? body.trim().slice(0, MAX_QUOTED);
  return new ApiError(reasonOf(status, code), `${request}: ${code}${said && `: ${said}`}`, {
    status: code,
    causes: status.details?.causes ?? [],
    retryAfterMs: retryAfterMs(retryAfter, status),
  });
}

/** Of an ERROR event in a watch. */
export function eventError(request: string, object: unknown): ApiError {
  const status = (object ?? {}) as Status;
  const code = status.code ?? 0;
  return new ApiError(reasonOf(status, code), `${request}: ${code}: ${status.message ?? 'no message'}`, {
    status: code,
    causes: status.details?.causes ?? [],
    retryAfterMs: retryAfterMs(undefined, status),
  });
}

function readStatus(body: string): Status {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value as Status;
  } catch {
    // A proxy between, or a server that is starting, answers in text.
  }
  return {};
}

function reasonOf({ reason }: Status, code: number): ApiErrorReason {
  if (reason !== undefined && Object.hasOwn(API_ERRORS, reason)) return reason as ApiErrorReason;
  return BY_STATUS.get(code) ?? 'Unknown';
}

/** The header is in seconds; its other form, a date, depends on this machine's clock and is not used. */
function retryAfterMs(header: string | undefined, { details }: Status): number | undefined {
  const seconds =
    header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
}
