import type { ChildKind } from '../domain/child.ts';
import type { DesiredChild } from '../domain/children.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import { keyOf } from '../kube/object.ts';
import { withoutOwnUpdates } from '../kube/owned-fields.ts';
import { applyOver, createByApply, type MergePatch, mergePatch } from '../kube/write.ts';
import type { CachedChild, ReceivedObject } from './cached-child.ts';
import { type Caches, CHILDREN } from './caches.ts';
import { classifyFailure } from './failure.ts';
import { firstDifference, isHalfReplaced } from './plan-child.ts';
import { computePortReplacement } from './port-replacement.ts';

/** What writing a child needs; the answer goes into its cache, for the next reconcile to see. */
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
export function createChild(desired: DesiredChild, { client, caches }: WriteContext): Promise<CachedChild> {
  const { resource, trim } = CHILDREN[desired.kind];
  return caches.children[desired.kind].write(keyOf(desired), async () =>
    trim(await createByApply<ReceivedObject>(client, resource, desired)),
  );
}

/** Brings a live child to what is desired, and resolves to what it is then. */
export function writeOver(
  desired: DesiredChild,
  live: CachedChild,
  { client, caches }: WriteContext,
): Promise<CachedChild> {
  const { trim } = CHILDREN[desired.kind];
  return caches.children[desired.kind].write(keyOf(desired), async () => trim(await overwrite(desired, live, client)));
}

async function overwrite(desired: DesiredChild, live: CachedChild, client: KubeClient): Promise<ReceivedObject> {
  const { namespace, name } = desired.metadata;
  const target: Target = { namespace, name, uid: live.metadata.uid };
  if (isHalfReplaced(desired, live)) return replaceThenApply(desired, target, client);
  const replacement = desired.kind === 'Service' ? computePortReplacement(desired, live) : undefined;
  if (replacement === undefined) return applyOrReplace(desired, target, client);
  const replaced = await replace(desired.kind, { ...target, patch: replacement }, client);
  if (firstDifference(desired, CHILDREN[desired.kind].trim(replaced)) === undefined) return replaced;
  await reclaim(desired.kind, target, replaced, client);
  return applyOrReplace(desired, target, client);
}

/**
 * Applies; where the server finds the outcome invalid, since what another manager added does not go with ours (two
 * handlers in one probe), our lists replace the live ones first.
 */
async function applyOrReplace(desired: DesiredChild, target: Target, client: KubeClient): Promise<ReceivedObject> {
  try {
    return await applyDesired(desired, target, client);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 422) || classifyFailure(error).isStale) throw error;
    return replaceThenApply(desired, target, client);
  }
}

/** Replaces the spec and makes all of it the apply's. */
async function replaceThenApply(desired: DesiredChild, target: Target, client: KubeClient): Promise<ReceivedObject> {
  const replaced = await replace(desired.kind, { ...target, patch: { spec: desired.spec } }, client);
  await reclaim(desired.kind, target, replaced, client);
  return applyDesired(desired, target, client);
}

function applyDesired(desired: DesiredChild, { uid }: Target, client: KubeClient): Promise<ReceivedObject> {
  return applyOver<ReceivedObject>(client, CHILDREN[desired.kind].resource, { object: desired, uid });
}

function replace(
  kind: ChildKind,
  target: Target & { readonly patch: MergePatch },
  client: KubeClient,
): Promise<ReceivedObject> {
  return mergePatch<ReceivedObject>(client, CHILDREN[kind].resource, target);
}

/** Gives up what a replacement owns, which no apply could take away again, for an apply to take it. */
async function reclaim(
  kind: ChildKind,
  target: Target,
  { metadata }: ReceivedObject,
  client: KubeClient,
): Promise<void> {
  const { resourceVersion, managedFields = [] } = metadata;
  const patch = { metadata: { resourceVersion, managedFields: withoutOwnUpdates(managedFields) } };
  await replace(kind, { ...target, patch }, client);
}
