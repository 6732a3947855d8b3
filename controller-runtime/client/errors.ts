/** The part of a `Status` body (metav1.Status) that tells errors apart. */
export interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
  };
}

/** The API server answered with an error status. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** The HTTP status, or the `code` of an `ERROR` event in a watch. */
  readonly code: number;
  /** The machine-readable reason of the answer (metav1.StatusReason); empty when it had none. */
  readonly reason: string;
  readonly status: StatusBody;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(request: string, code: number, status: StatusBody, retryAfterMs?: number) {
    const answer = status.reason === undefined ? String(code) : `${code} ${status.reason}`;
    super(`${request}: ${answer}: ${status.message ?? 'no message'}`);
    this.code = code;
    this.reason = status.reason ?? '';
    this.status = status;
    this.retryAfterMs = retryAfterMs ?? secondsToMs(status.details?.retryAfterSeconds);
  }

  /** Says whether one of the answer's causes has this reason, such as `NamespaceTerminating`. */
  hasCause(reason: string): boolean {
    return this.status.details?.causes?.some((cause) => cause.reason === reason) ?? false;
  }
}

/** The API server ended a watch with an `ERROR` event: what it told so far holds, but it cannot be gone on with. */
export class WatchError extends ApiError {
  override readonly name = 'WatchError';
}

/** No answer came: the connection failed, broke off, or the time ran out. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(request: string, cause: unknown) {
    super(`${request}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The answer was not what the protocol says, such as JSON that breaks off. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';

  constructor(request: string, cause: unknown) {
    super(`${request}: cannot parse the response: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** A write was refused before it was sent, since this process may no longer write. */
export class WriteFencedError extends Error {
  override readonly name = 'WriteFencedError';

  constructor(request: string) {
    super(`${request}: not sent: this replica is not the leader, or its lease may have expired`);
  }
}

/** What a request can fail with that the API server, or the way to it, is the cause of. */
export type RequestError = ApiError | ConnectionError | MalformedResponseError;

/** Says whether an error is one of these. */
export function isRequestError(error: unknown): error is RequestError {
  return error instanceof ApiError || error instanceof ConnectionError || error instanceof MalformedResponseError;
}

/**
 * Says whether a write was refused since its object has changed, is gone or was replaced (which the server calls an
 * immutable field): the cache is behind.
 */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 409) return true;
  return error.code === 422 && (error.status.details?.causes?.some((cause) => cause.field === 'metadata.uid') ?? false);
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
