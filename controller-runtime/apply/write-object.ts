import { isDeepStrictEqual } from 'node:util';
import { differences } from './apply-difference.ts';
import type { KubeClient } from '../client/client.ts';
import { ApiError, isConflict, isDenied } from '../client/errors.ts';
import type { ObjectKey, ObjectToApply } from '../object/object.ts';
import {
  computeFieldsOutsideLists,
  computeRemoval,
  computeReplacement,
  mergePatches,
  type Objects,
} from './conflicting-fields.ts';
import type { Fields } from './json.ts';
import type { MergeRules } from './merge-rules.ts';
import { withOwnUpdatesApplied } from './owned-fields.ts';
import type { Resource } from '../object/resource.ts';
import { applyOver, createByApply, type MergePatch, mergePatch, type ObjectVersion } from '../client/write.ts';
import type { LiveObject, ReceivedObject } from './live-object.ts';

/** The cache of a kind, as far as applying needs it. */
export interface AppliedObjects {
  /** The object of that key as last seen. */
  get(key: ObjectKey): LiveObject | undefined;
  /** Makes a write to the object of that key, and takes its answer ahead of the watch. */
  write(key: ObjectKey, send: () => Promise<LiveObject>): Promise<LiveObject>;
}

/** How the objects of one kind are written and cached. */
export interface AppliedKind<Kind extends string = string> {
  readonly kind: Kind;
  readonly resource: Resource;
  readonly store: AppliedObjects;
  /** Cuts a received object down to what the store keeps. */
  readonly trim: (object: ReceivedObject) => LiveObject;
  /** Paths of fields that the API does not allow to change, such as `spec.selector`. */
  readonly immutableFields?: readonly string[];
  /** Paths of fields that belong to others and that are never removed, such as `spec.replicas`. */
  readonly keptFields?: readonly string[];
  /** How the API server merges its fields: for a custom kind from its schema (`mergeRulesOfSchema`); known for built-in kinds. */
  readonly mergeRules?: MergeRules;
  /** The patch that must precede an apply, where an apply alone cannot make an object as wanted. */
  readonly patchBeforeApply?: (desired: ObjectToApply, live: LiveObject) => MergePatch | undefined;
}

/** An object that is to be written over a live one. */
export interface Overwrite extends Objects {
  readonly kind: AppliedKind;
}

/** Creates an object; rejects with a 409 ApiError when there is one of its name. */
export function createObject(client: KubeClient, kind: AppliedKind, desired: ObjectToApply): Promise<ReceivedObject> {
  return createByApply<ReceivedObject>(client, kind.resource, desired);
}

/**
 * Makes a live object as wanted. Where the API server finds the outcome of an apply invalid, the fields of other managers
 * that do not go with the desired ones are removed. Rejects with a 409 or 422 ApiError when it is not the cached version any
 * more.
 */
export async function overwriteObject(client: KubeClient, overwrite: Overwrite): Promise<ReceivedObject> {
  const { kind, desired, live } = overwrite;
  const patch = kind.patchBeforeApply?.(desired, live) ?? patchOfHalfReplaced(overwrite);
  const patched = patch && (await unlessInvalid(send(client, overwrite, live.metadata, patch)));
  // What makes the patch invalid makes the apply invalid, too.
  if (patched === undefined || patched instanceof ApiError) return applyOrRemove(client, overwrite, live.metadata);
  if (isAsDesired(overwrite, patched)) return patched;
  return applyOrRemove(client, overwrite, (await reclaim(client, overwrite, patched)).metadata);
}

/**
 * Says whether an object was patched, and the apply that is to follow was not done, as when the process is killed in
 * between: what the patch owns would stay for good.
 */
export function isHalfReplaced(live: LiveObject): boolean {
  return live.hasOwnUpdates === true;
}

/**
 * Takes away the managers that the fields of another creator's object have, before it is applied for the first time: they
 * would keep each field that is no longer wanted later. One annotation that the apply is to set gets an owner, since the
 * server makes up a manager for objects that have none.
 */
export function clearManagedFields(
  client: KubeClient,
  { kind, desired, live }: Pick<Overwrite, 'kind' | 'desired' | 'live'>,
  annotation: string,
): Promise<ReceivedObject> {
  const { namespace, name } = desired.metadata;
  const entry = {
    manager: client.fieldManager,
    operation: 'Apply',
    apiVersion: desired.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${annotation}`]: {} } } },
  };
  const patch = { metadata: { managedFields: [entry] } };
  return mergePatch<ReceivedObject>(client, kind.resource, { namespace, name, over: live.metadata, patch });
}

/**
 * Applies. As long as the API server finds the outcome invalid and names fields of others, removes these; where it names
 * none (two handlers in one probe), replaces all fields.
 */
async function applyOrRemove(client: KubeClient, overwrite: Overwrite, over: ObjectVersion): Promise<ReceivedObject> {
  let version = over;
  let removed: MergePatch = {};
  let result = await unlessInvalid(apply(client, overwrite, version));
  while (result instanceof ApiError) {
    const named = computeRemoval(result, overwrite);
    const next: MergePatch = mergePatches(asFields(removed), asFields(named ?? {}));
    if (isDeepStrictEqual(next, removed)) return replaceThenApply(client, overwrite, version, removed);
    removed = next;
    const patch = mergePatches(asFields(computeFieldsOutsideLists(overwrite.desired)), asFields(removed));
    result = await unlessInvalid(patchAndReclaim(client, overwrite, version, patch));
    if (result instanceof ApiError) continue;
    version = result.metadata;
    result = await unlessInvalid(apply(client, overwrite, version));
  }
  return result;
}

/** Replaces all fields but the metadata, and makes them the apply's. */
async function replaceThenApply(
  client: KubeClient,
  overwrite: Overwrite,
  over: ObjectVersion,
  removed: MergePatch,
): Promise<ReceivedObject> {
  const replacement = computeReplacement(overwrite, overwrite.kind.keptFields);
  const patch = mergePatches(asFields(replacement), asFields(removed));
  return apply(client, overwrite, (await patchAndReclaim(client, overwrite, over, patch)).metadata);
}

function patchOfHalfReplaced({ desired, live }: Overwrite): MergePatch | undefined {
  return isHalfReplaced(live) ? computeFieldsOutsideLists(desired) : undefined;
}

/** Resolves to the error where the outcome of a write is invalid. */
async function unlessInvalid(writing: Promise<ReceivedObject>): Promise<ReceivedObject | ApiError> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422 && !isConflict(error) && !isDenied(error)) return error;
    throw error;
  }
}

/** Patches, and makes what the patch owns the applies', since no apply could take it away again. */
async function patchAndReclaim(
  client: KubeClient,
  overwrite: Overwrite,
  over: ObjectVersion,
  patch: MergePatch,
): Promise<ReceivedObject> {
  return reclaim(client, overwrite, await send(client, overwrite, over, patch));
}

/** Makes what patches own the applies'. */
function reclaim(client: KubeClient, overwrite: Overwrite, patched: ReceivedObject): Promise<ReceivedObject> {
  const managedFields = withOwnUpdatesApplied(patched.metadata.managedFields ?? [], client.fieldManager);
  return send(client, overwrite, patched.metadata, { metadata: { managedFields } });
}

/** Returns whether a patched object needs no apply: nothing differs, and no apply would have to remove what the patch owns. */
function isAsDesired({ kind, desired }: Overwrite, patched: ReceivedObject): boolean {
  const live = kind.trim(patched);
  return !isHalfReplaced(live) && differences(desired, live, live.ownedFields, kind.mergeRules).length === 0;
}

function asFields(patch: MergePatch): Fields {
  // SAFETY: a patch is a JSON object.
  return patch as Fields;
}

function apply(
  client: KubeClient,
  { kind, desired }: Overwrite,
  { uid, resourceVersion }: ObjectVersion,
): Promise<ReceivedObject> {
  return applyOver<ReceivedObject>(client, kind.resource, { object: desired, over: { uid, resourceVersion } });
}

function send(
  client: KubeClient,
  { kind, desired }: Overwrite,
  over: ObjectVersion,
  patch: MergePatch,
): Promise<ReceivedObject> {
  const { namespace, name } = desired.metadata;
  return mergePatch<ReceivedObject>(client, kind.resource, { namespace, name, over, patch });
}
