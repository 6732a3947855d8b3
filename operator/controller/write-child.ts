import type { ChildKind } from '../domain/child.ts';
import type { DesiredChild } from '../domain/children.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import { withoutOwnUpdates } from '../kube/owned-fields.ts';
import { applyOver, createByApply, type MergePatch, mergePatch } from '../kube/write.ts';
import type { CachedChild, ReceivedObject } from './cached-child.ts';
import { type Caches, CHILDREN } from './caches.ts';
import { classifyFailure } from './failure.ts';
import { firstDifference, isHalfReplaced } from './plan-child.ts';
import { computePortReplacement } from './port-replacement.ts';

/** What writing a child needs. */
export interface WriteContext {
  readonly client: KubeClient;
  readonly caches: Caches;
}

interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Creates a child, and resolves to what it is then; rejects with a 409 ApiError when there is something of its name. */
export async function createChild(desired: DesiredChild, context: WriteContext): Promise<CachedChild> {
  const { kind } = desired;
  return note(kind, await createByApply<ReceivedObject>(context.client, CHILDREN[kind].resource, desired), context);
}

/** Brings a live child to what is desired, and resolves to what it is then. */
export async function writeOver(desired: DesiredChild, live: CachedChild, context: WriteContext): Promise<CachedChild> {
  const { namespace, name } = desired.metadata;
  const target: Target = { namespace, name, uid: live.metadata.uid };
  if (isHalfReplaced(desired, live)) return replaceThenApply(desired, target, context);
  const replacement = desired.kind === 'Service' ? computePortReplacement(desired, live) : undefined;
  if (replacement === undefined) return applyOrReplace(desired, target, context);
  const replaced = await replace(desired.kind, { ...target, patch: replacement }, context);
  if (firstDifference(desired, CHILDREN[desired.kind].trim(replaced)) === undefined) {
    return note(desired.kind, replaced, context);
  }
  await reclaim(desired.kind, target, replaced, context);
  return applyOrReplace(desired, target, context);
}

/**
 * Applies; where the server finds the outcome invalid, since what another manager added does not go with ours (two
 * handlers in one probe), our lists replace the live ones first.
 */
async function applyOrReplace(desired: DesiredChild, target: Target, context: WriteContext): Promise<CachedChild> {
  try {
    return await applyDesired(desired, target, context);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 422) || classifyFailure(error).isStale) throw error;
    return replaceThenApply(desired, target, context);
  }
}

/** Replaces the spec and makes all of it the apply's. */
async function replaceThenApply(desired: DesiredChild, target: Target, context: WriteContext): Promise<CachedChild> {
  const replaced = await replace(desired.kind, { ...target, patch: { spec: desired.spec } }, context);
  await reclaim(desired.kind, target, replaced, context);
  return applyDesired(desired, target, context);
}

async function applyDesired(desired: DesiredChild, target: Target, context: WriteContext): Promise<CachedChild> {
  const { kind } = desired;
  const change = { object: desired, uid: target.uid };
  return note(kind, await applyOver<ReceivedObject>(context.client, CHILDREN[kind].resource, change), context);
}

function replace(
  kind: ChildKind,
  target: Target & { readonly patch: MergePatch },
  context: WriteContext,
): Promise<ReceivedObject> {
  return mergePatch<ReceivedObject>(context.client, CHILDREN[kind].resource, target);
}

/** Gives up what a replacement owns, which no apply could take away again, for an apply to take it. */
async function reclaim(
  kind: ChildKind,
  target: Target,
  { metadata }: ReceivedObject,
  context: WriteContext,
): Promise<void> {
  const { resourceVersion, managedFields = [] } = metadata;
  const patch = { metadata: { resourceVersion, managedFields: withoutOwnUpdates(managedFields) } };
  await replace(kind, { ...target, patch }, context);
}

/** Puts the answer to a write into the cache, so that the next reconcile sees it before the watch tells. */
function note(kind: ChildKind, written: ReceivedObject, context: WriteContext): CachedChild {
  const child = CHILDREN[kind].trim(written);
  context.caches.children[kind].noteWritten(child);
  return child;
}
