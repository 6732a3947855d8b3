import type { KubeClient } from '../client/client.ts';
import { applyOver, createByApply, type MergePatch, mergePatch } from '../client/write.ts';
import { ApiError, isConflict, isDenied, isRequestError, type RequestError } from '../client/errors.ts';
import type { ObjectToApply } from '../object/object.ts';
import { computeRemoval, computeReplacement, mergePatches, type Objects } from './conflicting-fields.ts';
import type { Fields } from './json.ts';
import type { LiveObject, ReceivedObject } from './live-object.ts';
import { applyMergePatch, computeMergePatch } from './merge-patch.ts';
import { predictApply } from './predict-apply.ts';
import type { AppliedKind } from './write-object.ts';

/** What the API server answers when it only tries a write. */
export type DryRunOutcome =
  | { readonly type: 'accepted'; readonly object: ReceivedObject }
  /** The write takes several requests: `object` is the result of the first one, and `removal` precedes the last one. */
  | { readonly type: 'started'; readonly object?: ReceivedObject; readonly removal?: MergePatch }
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
  return outcomeOf(() => createByApply<ReceivedObject>(client, resource, desired));
}

/**
 * Tries to make a live object as wanted. Where that takes several requests, each of which the API server checks against what
 * it stores, one request with the same result is tried, or else the first one. `client` has `dryRun`.
 */
export async function dryRunOverwrite(client: KubeClient, overwrite: DryRunOverwrite): Promise<DryRunOutcome> {
  const { kind, desired, live } = overwrite;
  const patch = kind.patchBeforeApply?.(desired, live);
  const first = patch === undefined ? await tryApply(client, overwrite) : await tryPatch(client, overwrite, patch);
  if (isInvalid(first)) return tryRemoval(client, overwrite, first.error);
  return patch !== undefined && first.type === 'accepted' ? { ...first, type: 'started' } : first;
}

function tryApply(client: KubeClient, { kind, desired, live }: DryRunOverwrite): Promise<DryRunOutcome> {
  const { uid, resourceVersion } = live.metadata;
  const over = { object: desired, over: { uid, resourceVersion } };
  return outcomeOf(() => applyOver<ReceivedObject>(client, kind.resource, over));
}

/** Tries to remove the fields of others that a refused apply names, or else all of them. */
async function tryRemoval(client: KubeClient, overwrite: DryRunOverwrite, error: ApiError): Promise<DryRunOutcome> {
  const { kind, desired, live } = overwrite;
  const removal = asFields(computeRemoval(error, overwrite) ?? {});
  // SAFETY: a merge patch of fields yields an object of the same kind.
  const object = applyMergePatch(live, removal) as LiveObject;
  const { status: _status, ...predicted } = predictApply(desired, { object, live: object }, kind.mergeRules);
  const { status: _liveStatus, ...present } = live;
  const named = await tryPatch(client, overwrite, computeMergePatch(asFields(present), asFields(predicted)));
  if (!isInvalid(named)) return named;
  const replacement = asFields(computeReplacement(overwrite, kind.keptFields));
  const all = await tryPatch(client, overwrite, mergePatches(replacement, removal));
  return all.type === 'accepted' ? { type: 'started', removal } : all;
}

function tryPatch(
  client: KubeClient,
  { kind, desired, live }: DryRunOverwrite,
  patch: MergePatch,
): Promise<DryRunOutcome> {
  const { namespace, name } = desired.metadata;
  return outcomeOf(() =>
    mergePatch<ReceivedObject>(client, kind.resource, { namespace, name, over: live.metadata, patch }),
  );
}

async function outcomeOf(send: () => Promise<ReceivedObject>): Promise<DryRunOutcome> {
  try {
    return { type: 'accepted', object: await send() };
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

function asFields(object: object): Fields {
  // SAFETY: a patch and an object of the API are JSON objects.
  return object as Fields;
}
