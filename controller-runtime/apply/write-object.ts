import type { KubeClient } from '../client/client.ts';
import { ApiError, isConflict, isDenied } from '../client/errors.ts';
import type { ObjectKey, ObjectToApply } from '../object/object.ts';
import type { MergeRules } from './merge-rules.ts';
import { withoutOwnUpdates } from './owned-fields.ts';
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
export interface AppliedKind {
  readonly kind: string;
  readonly resource: Resource;
  readonly store: AppliedObjects;
  /** Cuts a received object down to what the store keeps. */
  readonly trim: (object: ReceivedObject) => LiveObject;
  /** Paths of fields that the API does not allow to change, such as `spec.selector`. */
  readonly immutableFields?: readonly string[];
  /** How the API server merges its fields: for a custom kind from its schema (`mergeRulesOfSchema`); known for built-in kinds. */
  readonly mergeRules?: MergeRules;
  /** The patch that must precede an apply, where an apply alone cannot make an object as wanted. */
  readonly patchBeforeApply?: (desired: ObjectToApply, live: LiveObject) => MergePatch | undefined;
}

/** An object that is to be written over a live one. */
export interface Overwrite {
  readonly kind: AppliedKind;
  readonly desired: ObjectToApply;
  readonly live: LiveObject;
  /** Says whether a written object is as wanted. */
  readonly isAsDesired: (written: LiveObject) => boolean;
}

/** Creates an object; rejects with a 409 ApiError when there is one of its name. */
export function createObject(client: KubeClient, kind: AppliedKind, desired: ObjectToApply): Promise<ReceivedObject> {
  return createByApply<ReceivedObject>(client, kind.resource, desired);
}

/** Makes a live object as wanted; rejects with a 409 or 422 ApiError when it is not the cached version any more. */
export async function overwriteObject(client: KubeClient, overwrite: Overwrite): Promise<ReceivedObject> {
  const { kind, desired, live } = overwrite;
  if (isHalfReplaced(kind, live)) return replaceThenApply(client, overwrite, live.metadata);
  const patch = kind.patchBeforeApply?.(desired, live);
  if (patch === undefined) return applyOrReplace(client, overwrite, live.metadata);
  const patched = await send(client, overwrite, live.metadata, patch);
  if (overwrite.isAsDesired(kind.trim(patched))) return patched;
  return applyOrReplace(client, overwrite, (await reclaim(client, overwrite, patched)).metadata);
}

/**
 * Says whether an object's spec was replaced, and the apply that is to follow was not done, as when the process is killed
 * in between. Where a patch precedes an apply anyway, nothing of it can stay behind, since it is sent again.
 */
export function isHalfReplaced(kind: Pick<AppliedKind, 'patchBeforeApply'>, live: LiveObject): boolean {
  return kind.patchBeforeApply === undefined && live.hasOwnUpdates === true;
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
 * Applies; where the server finds the outcome invalid, since what another manager added does not go with the desired
 * fields (two handlers in one probe), the desired lists replace the live ones first.
 */
async function applyOrReplace(client: KubeClient, overwrite: Overwrite, over: ObjectVersion): Promise<ReceivedObject> {
  try {
    return await apply(client, overwrite, over);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 422) || isConflict(error) || isDenied(error)) throw error;
    return replaceThenApply(client, overwrite, over);
  }
}

/** Replaces all fields but the metadata, and makes them the apply's. */
async function replaceThenApply(
  client: KubeClient,
  overwrite: Overwrite,
  over: ObjectVersion,
): Promise<ReceivedObject> {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...fields } = overwrite.desired;
  const replaced = await send(client, overwrite, over, fields);
  return apply(client, overwrite, (await reclaim(client, overwrite, replaced)).metadata);
}

/** Gives up what a patch owns, which no apply could take away again, for an apply to take it. */
function reclaim(client: KubeClient, overwrite: Overwrite, patched: ReceivedObject): Promise<ReceivedObject> {
  const managedFields = withoutOwnUpdates(patched.metadata.managedFields ?? [], client.fieldManager);
  return send(client, overwrite, patched.metadata, { metadata: { managedFields } });
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
