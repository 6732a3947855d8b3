import { isDenialMessage } from './admission-errors.ts';

/** The part of a `Status` body (metav1.Status) that distinguishes errors. */
export interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  /** `continue` of an expired list continues it, with the present objects. */
  readonly metadata?: { readonly continue?: string };
  readonly details?: {
    readonly kind?: string;
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
  };
}

/** The API server responded with an error. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** The method and path, such as `PATCH /api/v1/namespaces/blue/services/web`. */
  readonly request: string;
  /** The HTTP status, or the `code` of an `ERROR` event in a watch. */
  readonly code: number;
  /** The machine-readable reason (metav1.StatusReason), or empty if there is none. */
  readonly reason: string;
  readonly status: StatusBody;
  /** The Retry-After of the response in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(request: string, code: number, status: StatusBody, retryAfterMs?: number) {
    const answer = status.reason === undefined ? String(code) : `${code} ${status.reason}`;
    super(`${request}: ${answer}: ${status.message ?? 'no message'}`);
    this.request = request;
    this.code = code;
    this.reason = status.reason ?? '';
    this.status = status;
    this.retryAfterMs = retryAfterMs ?? secondsToMs(status.details?.retryAfterSeconds);
  }

  /** Returns whether one of the causes has this reason, such as `NamespaceTerminating`. */
  hasCause(reason: string): boolean {
    return this.status.details?.causes?.some((cause) => cause.reason === reason) ?? false;
  }
}

/** The API server ended a watch with an `ERROR` event. Earlier events are valid, but the watch cannot be resumed. */
export class WatchError extends ApiError {
  override readonly name = 'WatchError';
}

/** There is no response: the connection failed or was closed, or the request timed out. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(request: string, cause: unknown) {
    super(`${request}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The response is invalid, such as incomplete JSON. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';

  constructor(request: string, cause: unknown) {
    super(`${request}: cannot parse the response: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** A write was not sent, because this replica is not the leader. */
export class WriteFencedError extends Error {
  override readonly name = 'WriteFencedError';

  constructor(request: string) {
    super(`${request}: not sent: this replica is not the leader, or its lease may have expired`);
  }
}

/** Errors that the API server, or the network, causes. */
export type RequestError = ApiError | ConnectionError | MalformedResponseError;

/** Returns whether an error is a RequestError. */
export function isRequestError(error: unknown): error is RequestError {
  return error instanceof ApiError || error instanceof ConnectionError || error instanceof MalformedResponseError;
}

/**
 * Returns whether a write was rejected because the cache is stale: the object has changed, or was deleted or re-created
 * (which the server reports as a change of the immutable UID).
 */
export function isConflict(error: unknown): boolean {
  // A webhook may deny a request with any status, 409 included.
  if (!(error instanceof ApiError) || isDenied(error)) return false;
  if (error.code === 409) return true;
  return error.code === 422 && (error.status.details?.causes?.some((cause) => cause.field === 'metadata.uid') ?? false);
}

/** Returns whether an admission policy or webhook denied a request, with whatever HTTP status. */
export function isDenied(error: unknown): boolean {
  return error instanceof ApiError && isDenialMessage(error.status.message ?? '');
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
