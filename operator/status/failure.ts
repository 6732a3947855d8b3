import type { ChildResult } from './child-result.ts';
import { findUncallableWebhook } from '../../controller-runtime/client/admission-errors.ts';
import { ApiError, isConflict, isDenied, type RequestError } from '../../controller-runtime/client/errors.ts';
import type { BackoffPolicy } from '../../controller-runtime/clock/backoff.ts';

/** For errors that resolve without a user: timeouts, overload, conflicts. */
export const TRANSIENT: BackoffPolicy = { initialMs: 100, maximumMs: 60_000 };
/** For a server that is about to be ready, such as right after a definition is created: within seconds. */
export const STARTING: BackoffPolicy = { initialMs: 250, maximumMs: 5_000 };
/**
 * For errors that a user must resolve. A freed node port, or a changed policy, quota or role, causes no watch event, hence
 * the retries: about 160 rejected requests an hour for each child.
 */
export const PERSISTENT: BackoffPolicy = { initialMs: 10_000, maximumMs: 30_000 };
/** For a namespace that is being deleted, which does not come back: about 16 requests an hour for each child. */
export const TERMINATING: BackoffPolicy = { initialMs: 10_000, maximumMs: 300_000 };

type Reason = Extract<ChildResult, { type: 'blocked' }>['reason'];

/** The classification of a failed write. */
export interface Failure {
  readonly reason: Reason;
  /** What to do; follows the server's message. */
  readonly advice: string;
  /** How to retry. */
  readonly policy: BackoffPolicy;
}

const RETRYING = 'The operator keeps retrying.';

const UNAVAILABLE: Failure = { reason: 'ApiUnavailable', advice: RETRYING, policy: TRANSIENT };
const NOT_READY: Failure = { reason: 'ApiNotReady', advice: RETRYING, policy: STARTING };
const WEBHOOK_UNAVAILABLE: Failure = {
  reason: 'WebhookUnavailable',
  advice: `${RETRYING} If it lasts, check the program that serves the webhook.`,
  policy: { ...TRANSIENT, maximumMs: PERSISTENT.maximumMs },
};
const NAMESPACE_TERMINATING: Failure = {
  reason: 'NamespaceTerminating',
  advice: 'The namespace is deleted or terminating. The operator creates nothing in it.',
  policy: TERMINATING,
};
const DENIED: Failure = {
  reason: 'Denied',
  advice:
    'Ask the owner of the policy, or set what it requires in the spec (such as commonLabels, commonAnnotations, resources).',
  policy: PERSISTENT,
};
const QUOTA_EXCEEDED: Failure = {
  reason: 'QuotaExceeded',
  advice: 'Raise the quota, or delete objects that count against it.',
  policy: PERSISTENT,
};
const FORBIDDEN: Failure = {
  reason: 'Forbidden',
  advice: "Grant the operator's service account this permission.",
  policy: PERSISTENT,
};
const ALLOCATION_FAILED: Failure = {
  reason: 'AllocationFailed',
  advice: 'Free it, or choose another in spec.service. See: kubectl get services --all-namespaces',
  policy: PERSISTENT,
};
const INVALID: Failure = { reason: 'Invalid', advice: 'Correct the spec.', policy: PERSISTENT };

/** The server does not serve, or its admission plug-ins do not know, a kind that was just defined; or they still start. */
const NOT_READY_TEXT =
  /cannot find RESTMapping|no matches for kind|not yet known|not yet ready to handle request|status unknown for quota|storage is \(re\)initializing|could not find the requested resource/;
/** A node port or cluster IP that another Service has, or none left. */
const ALLOCATION_TEXT = /already allocated|range is full|failed to allocate/;
/** The refusals that the plug-in ResourceQuota writes; there is no machine-readable cause. */
const QUOTA_TEXT = /exceeded quota|insufficient quota to match/i;
/** The refusals of an authorizer, and of the plug-in that checks rights on owners. Servers before 1.32 may give no text. */
const RBAC_TEXT = /User "[^"]*" cannot |resource you can't (?:delete|set finalizers on)|is forbidden:?\s*$/;
const WITHOUT_CAUSE_TEXT = /is forbidden:?\s*$/;

/** Tells failures apart that the server's text tells apart, whatever the HTTP status. */
const BY_TEXT: readonly (readonly [applies: (error: ApiError, text: string) => boolean, failure: Failure])[] = [
  [(error) => isDenied(error), DENIED],
  [(_error, text) => findUncallableWebhook(text) !== undefined, WEBHOOK_UNAVAILABLE],
  [(error, text) => isNamespaceTerminating(error, text), NAMESPACE_TERMINATING],
  [(error) => isConflict(error), UNAVAILABLE],
  [(_error, text) => NOT_READY_TEXT.test(text), NOT_READY],
  [(error, text) => error.code === 403 && QUOTA_TEXT.test(text), QUOTA_EXCEEDED],
  [(_error, text) => ALLOCATION_TEXT.test(text), ALLOCATION_FAILED],
  // What an admission plug-in of the server forbids, and no authorizer.
  [(error, text) => error.code === 403 && /is forbidden: \S/.test(text) && !RBAC_TEXT.test(text), DENIED],
];

/** Classifies a failed write. */
export function classifyFailure(error: RequestError): Failure {
  if (!(error instanceof ApiError)) return UNAVAILABLE;
  const text = error.status.message ?? '';
  const byText = BY_TEXT.find(([applies]) => applies(error, text));
  if (byText !== undefined) return byText[1];
  if (error.code === 403) return FORBIDDEN;
  if (error.code === 404) return NAMESPACE_TERMINATING;
  return isInvalid(error, text) ? INVALID : UNAVAILABLE;
}

/**
 * Which permission is missing, as in `cannot create deployments in namespace blue`; undefined if the server's message says
 * so itself. Servers before 1.32 give no cause for an apply that may patch, but not create.
 */
export function describeForbidden(error: ApiError): string | undefined {
  if (!WITHOUT_CAUSE_TEXT.test(error.status.message ?? '')) return undefined;
  const match = /^(\w+) .*\/namespaces\/([^/]+)\/([^/?]+)/.exec(error.request);
  if (match === null) return undefined;
  const [, method = '', namespace = '', resource = ''] = match;
  return `the operator's service account cannot ${VERBS[method] ?? method} ${resource} in namespace ${namespace}`;
}

/** The missing verb of a request. If an apply may not even patch, the server's message names the verb. */
const VERBS: Readonly<Record<string, string>> = { PATCH: 'create', POST: 'create', PUT: 'update', DELETE: 'delete' };

function isNamespaceTerminating(error: ApiError, text: string): boolean {
  return (
    error.hasCause('NamespaceTerminating') || /because it is being terminated|namespaces? "[^"]*" not found/.test(text)
  );
}

function isInvalid(error: ApiError, text: string): boolean {
  if ([400, 405, 406, 413, 415, 422].includes(error.code)) return true;
  // The server answers an apply with an unknown field, or one of the wrong type, with a bare 500.
  return error.code === 500 && text.includes('failed to create typed patch object');
}
