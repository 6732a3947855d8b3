import { ApiError } from '../../controller-runtime/client/errors.ts';
import type { BackoffPolicy } from '../../controller-runtime/clock/backoff.ts';
import type { ResourceEvent } from './events.ts';
import { classifyFailure, type Failure } from './failure.ts';
import { oneLine } from './words.ts';

/**
 * For a spec that breaks a rule of the CustomResourceDefinition. A correction is a new generation, which is written at once;
 * the retries only detect a definition that has changed. Events are kept for an hour, so that one is always visible.
 */
export const INVALID_SPEC: BackoffPolicy = { initialMs: 300_000, maximumMs: 1_800_000 };

/** The API server refuses to store the status, which only a user can resolve. */
export interface StatusRefusal {
  /** What is wrong, which field, and what to do. */
  readonly message: string;
  readonly policy: BackoffPolicy;
}

/** Describes a refused status; undefined for an error that resolves without a user. */
export function describeStatusRefusal(error: unknown): StatusRefusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const failure = classifyFailure(error);
  if (!USER_RESOLVES.has(failure.reason)) return undefined;
  const { advice, policy } = adviceFor(error, failure);
  const cause = oneLine(error.status.message ?? `${error.code} ${error.reason}`);
  return { message: `The API server refuses to store the status: ${cause}. ${advice}`, policy };
}

/** The event about a refused status. */
export function refusalEvent({ message }: StatusRefusal): ResourceEvent {
  return { type: 'Warning', reason: 'StatusRefused', action: 'UpdateStatus', note: message };
}

const USER_RESOLVES: ReadonlySet<string> = new Set(['Invalid', 'Denied', 'Forbidden'] satisfies Failure['reason'][]);

function adviceFor(error: ApiError, failure: Failure): Pick<Failure, 'advice' | 'policy'> {
  if (failure.reason !== 'Invalid') return failure;
  const fields = error.status.details?.causes?.map(({ field = '' }) => field) ?? [];
  const broken = [...new Set(fields.filter((field) => /^(?:spec|metadata)\b/u.test(field)))];
  if (broken.length === 0) {
    const advice = 'Install the CustomResourceDefinition of this version of the operator: operator apply-crds';
    return { advice, policy: failure.policy };
  }
  return { advice: `${RULE_IS_NEWER} ${correctionOf(broken)}`, policy: INVALID_SPEC };
}

const RULE_IS_NEWER =
  'A rule of the CustomResourceDefinition is newer than this resource, and before Kubernetes 1.33 the API server checks it at ' +
  'each update of the status. The children are still reconciled; the status is not.';

function correctionOf(fields: readonly string[]): string {
  const name = fields.includes('metadata.name') ? ['create the resource under another name, and delete this one'] : [];
  const others = fields.filter((field) => field !== 'metadata.name');
  const corrections = [...(others.length === 0 ? [] : [`correct ${others.join(', ')}`]), ...name].join('; ');
  return `${corrections.charAt(0).toUpperCase()}${corrections.slice(1)}.`;
}
