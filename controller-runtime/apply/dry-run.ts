import type { KubeClient } from '../client/client.ts';
import { applyOver, createByApply, type MergePatch, mergePatch } from '../client/write.ts';
import { ApiError, isConflict, isDenied, isRequestError, type RequestError } from '../client/errors.ts';
import type { ObjectToApply } from '../object/object.ts';
import { computeRemoval, computeReplacement, mergePatches, type Objects } from './conflicting-fields.ts';
import type { Fields } from './json.ts';
import type { ReceivedObject } from './live-object.ts';
import type { AppliedKind } from './write-object.ts';

/** What the API server answers when it only tries a write. */
export type DryRunOutcome =
  /** `object` is the result; undefined if the write takes several requests, of which `patch` is the one that was tried. */
  | { readonly type: 'accepted'; readonly object?: ReceivedObject; readonly patch?: MergePatch }
  | { readonly type: 'refused'; readonly error: RequestError }
  /** A webhook does not take part in dry runs. */
  | { readonly type: 'unsupported' };

/** The objects and the kind of an overwrite. */
export interface DryRunOverwrite extends Objects {
  readonly kind: Omit<AppliedKind, 'store'>;
}

/** The API server's message about a webhook with side effects. */
const UNSUPPORTED = /does not support dry run/;

/** Tries the creation of an object. `client` has `dryRun`. */
export function dryRunCreate(
  client: KubeClient,
  { resource }: Pick<AppliedKind, 'resource'>,
  desired: ObjectToApply,
): Promise<DryRunOutcome> {
  return outcomeOf(async () => ({ object: await createByApply<ReceivedObject>(client, resource, desired) }));
}

/**
 * Tries to make a live object as wanted. Where that takes several requests, each of which the API server checks against what
 * it stores, only the one that changes all fields is tried. `client` has `dryRun`.
 */
export async function dryRunOverwrite(client: KubeClient, overwrite: DryRunOverwrite): Promise<DryRunOutcome> {
  const { kind, desired, live } = overwrite;
  const before = kind.patchBeforeApply?.(desired, live);
  if (before !== undefined) {
    const outcome = await tryPatch(client, overwrite, before);
    return isInvalid(outcome) ? tryReplacement(client, overwrite, outcome.error) : outcome;
  }
  const { uid, resourceVersion } = live.metadata;
  const over = { object: desired, over: { uid, resourceVersion } };
  const outcome = await outcomeOf(async () => ({
    object: await applyOver<ReceivedObject>(client, kind.resource, over),
  }));
  return isInvalid(outcome) ? tryReplacement(client, overwrite, outcome.error) : outcome;
}

/** Tries to remove the fields of others that a refused apply names, or else all of them. */
async function tryReplacement(client: KubeClient, overwrite: DryRunOverwrite, error: ApiError): Promise<DryRunOutcome> {
  const replacement = asFields(computeReplacement(overwrite, overwrite.kind.keptFields));
  const removal = asFields(computeRemoval(error, overwrite) ?? {});
  const outcome = await tryPatch(client, overwrite, mergePatches(replacement, removal));
  return outcome.type === 'accepted' ? { type: 'accepted', patch: removal } : outcome;
}

function tryPatch(
  client: KubeClient,
  { kind, desired, live }: DryRunOverwrite,
  patch: MergePatch,
): Promise<DryRunOutcome> {
  const { namespace, name } = desired.metadata;
  return outcomeOf(async () => {
    await mergePatch<ReceivedObject>(client, kind.resource, { namespace, name, over: live.metadata, patch });
    return {};
  });
}

async function outcomeOf(send: () => Promise<{ readonly object?: ReceivedObject }>): Promise<DryRunOutcome> {
  try {
    return { type: 'accepted', ...(await send()) };
  } catch (error) {
    if (!isRequestError(error)) throw error;
    return UNSUPPORTED.test(error.message) ? { type: 'unsupported' } : { type: 'refused', error };
  }
}

/** The API server finds the result invalid, as where fields of others do not go with the desired ones. */
function isInvalid(outcome: DryRunOutcome): outcome is { readonly type: 'refused'; readonly error: ApiError } {
  if (outcome.type !== 'refused' || !(outcome.error instanceof ApiError)) return false;
  const { error } = outcome;
  return error.code === 422 && !isConflict(error) && !isDenied(error);
}

function asFields(patch: MergePatch): Fields {
  // SAFETY: a patch is a JSON object.
  return patch as Fields;
}
