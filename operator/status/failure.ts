import type { ChildResult } from './child-result.ts';
import { ApiError, isConflict, type RequestError } from '../../controller-runtime/client/errors.ts';
import type { BackoffPolicy } from '../../controller-runtime/clock/backoff.ts';

/** For errors that resolve without a user: timeouts, overload, conflicts. */
export const TRANSIENT: BackoffPolicy = { initialMs: 100, maximumMs: 60_000 };
/** For errors that a user must resolve. A changed quota or role causes no watch event, hence the retries. */
export const PERSISTENT: BackoffPolicy = { initialMs: 10_000, maximumMs: 300_000 };

type Reason = Extract<ChildResult, { type: 'blocked' }>['reason'];

/** The classification of a failed write. */
export interface Failure {
  readonly reason: Reason;
  /** What to do; follows the server's message. */
  readonly advice: string;
  /** How to retry. */
  readonly policy: BackoffPolicy;
}

const NAMESPACE_TERMINATING: Failure = {
  reason: 'NamespaceTerminating',
  advice: 'The namespace is deleted or terminating. The operator creates nothing in it.',
  policy: PERSISTENT,
};

const UNAVAILABLE: Failure = { reason: 'ApiUnavailable', advice: 'The operator keeps retrying.', policy: TRANSIENT };

/** Classifies a failed write. */
export function classifyFailure(error: RequestError): Failure {
  if (!(error instanceof ApiError) || isConflict(error)) return UNAVAILABLE;
  if (error.code === 403) return classifyForbidden(error);
  if (error.code === 404) return NAMESPACE_TERMINATING;
  if (isInvalid(error)) return { reason: 'Invalid', advice: 'Correct the spec.', policy: PERSISTENT };
  return UNAVAILABLE;
}

function classifyForbidden(error: ApiError): Failure {
  if (error.hasCause('NamespaceTerminating')) return NAMESPACE_TERMINATING;
  // The API server reports no machine-readable cause for an exceeded quota.
  if (error.message.includes('exceeded quota')) {
    return {
      reason: 'QuotaExceeded',
      advice: 'Raise the quota, or delete objects that count against it.',
      policy: PERSISTENT,
    };
  }
  const advice = "Grant the operator's service account this permission, or change the admission policy.";
  return { reason: 'Forbidden', advice, policy: PERSISTENT };
}

function isInvalid(error: ApiError): boolean {
  if ([400, 405, 406, 413, 415, 422].includes(error.code)) return true;
  // The server answers an apply with an unknown field, or one of the wrong type, with a bare 500.
  return error.code === 500 && error.message.includes('failed to create typed patch object');
}
