import type { ChildResult } from '../domain/child-result.ts';
import { ApiError, ConnectionError, MalformedResponseError } from '../kube/errors.ts';
import type { BackoffPolicy } from '../runtime/backoff.ts';

/** For what passes by itself: time-outs, overload, conflicts. */
export const PASSING: BackoffPolicy = { initialMs: 100, maximumMs: 60_000 };
/** For what somebody must put right: no event tells of a changed quota or role, so it is looked at now and then. */
export const LASTING: BackoffPolicy = { initialMs: 10_000, maximumMs: 300_000 };

type Reason = Extract<ChildResult, { type: 'blocked' }>['reason'];

/** What a failed write means. */
export interface Failure {
  readonly reason: Reason;
  /** What to do about it, after the server's own words. */
  readonly advice: string;
  /** How to try again; undefined when there is no point in trying. */
  readonly policy: BackoffPolicy | undefined;
  /** How long the server asks to be left alone. */
  readonly atLeastMs: number;
  /** The cache was behind: true means that it will soon be right by itself. */
  readonly isStale: boolean;
}

/** Nothing can be created in a namespace that is being deleted, whatever is tried. */
export const NAMESPACE_TERMINATING: Failure = failure(
  'NamespaceTerminating',
  'Nothing is created in a namespace that is being deleted.',
  undefined,
);

/** Tells what a failed write means and how to go on; throws what the API server has no part in. */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof ConnectionError || error instanceof MalformedResponseError) {
    return failure('ApiUnavailable', 'The operator goes on trying.', PASSING);
  }
  if (!(error instanceof ApiError)) throw error;
  const atLeastMs = error.retryAfterMs ?? 0;
  if (isStale(error)) return { ...failure('ApiUnavailable', 'The operator goes on trying.', PASSING), isStale: true };
  if (error.code === 403) return classifyForbidden(error);
  if (error.code === 404) return failure('NamespaceTerminating', 'The namespace is gone or going.', LASTING);
  if (isInvalid(error)) return failure('Invalid', 'Correct the spec.', LASTING);
  return { ...failure('ApiUnavailable', 'The operator goes on trying.', PASSING), atLeastMs };
}

function classifyForbidden(error: ApiError): Failure {
  if (error.hasCause('NamespaceTerminating')) return NAMESPACE_TERMINATING;
  // The server has no machine-readable sign for this: the quota plugin's words are all there is.
  if (error.message.includes('exceeded quota')) {
    return failure('QuotaExceeded', 'Raise the quota or free some of it.', LASTING);
  }
  return failure('Forbidden', "Grant the operator's service account this right, or change the policy.", LASTING);
}

/** A conflict, or an object of another UID than the cache knew, which the server calls an immutable field. */
function isStale(error: ApiError): boolean {
  if (error.code === 409) return true;
  return error.code === 422 && (error.status.details?.causes?.some((cause) => cause.field === 'metadata.uid') ?? false);
}

function isInvalid(error: ApiError): boolean {
  if ([400, 405, 406, 413, 415, 422].includes(error.code)) return true;
  // The server answers an apply with an unknown field, or one of the wrong type, with a bare 500.
  return error.code === 500 && error.message.includes('failed to create typed patch object');
}

function failure(reason: Reason, advice: string, policy: BackoffPolicy | undefined): Failure {
  return { reason, advice, policy, atLeastMs: 0, isStale: false };
}
