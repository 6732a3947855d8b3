import type { KubeClient } from '../client/client.ts';
import { isRequestError } from '../client/errors.ts';
import { controllerOf, keyOf } from '../object/object.ts';
import { readByName } from '../client/write.ts';
import type { ApplyResult, UpToDate } from './apply-result.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';
import {
  compareWithLive,
  decide,
  type DecisionContext,
  isStale,
  keyOfChild,
  nameOf,
  resultOfComparison,
  type WantedChild,
} from './decide.ts';
import { deleteUnwanted, EXISTENCE, type UnwantedChild } from './delete-unwanted.ts';
import type { LiveObject } from './live-object.ts';
import { findObstacle, type Owner, withOwnerGeneration } from './ownership.ts';
import { type AppliedKind, clearManagedFields, createObject, overwriteObject } from './write-object.ts';

/** An object that an owner is to have; its owner reference names the owner as controller. */
export interface Child<Kind extends string = string> extends WantedChild {
  readonly kind: AppliedKind<Kind>;
}

/** What applying needs. */
export interface ApplyContext extends DecisionContext {
  readonly client: KubeClient;
}

/**
 * Makes each object as desired, all at once: creates what is missing, applies what differs, deletes what is unwanted, writes
 * nothing else. While the cached owner is older than what one of them was last written for, it writes none, unless the API
 * server has no newer owner either: after a restore of etcd. Rejects only with a fault of this process' own.
 */
export async function applyChildren(
  owner: Owner,
  children: readonly (Child | UnwantedChild)[],
  context: ApplyContext,
): Promise<readonly ApplyResult[]> {
  const lives = children.map((child) => child.kind.store.get(keyOfChild(child)));
  if (lives.some((live) => isStale(owner, live, context))) {
    const present = await tryIsPresent(owner, context);
    if (present !== true) return children.map(() => present);
  }
  for (const child of children) if ('desired' in child) checkOwnership(owner, child);
  const applied = await Promise.allSettled(children.map((child) => applyChild(owner, child, context)));
  // After a fault too, none of it is still under way when the owner is reconciled again.
  return applied.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Returns true if the owner in the API server is just as it is in the cache, and otherwise the result for each object. */
async function tryIsPresent(owner: Owner, context: ApplyContext): Promise<true | ApplyResult> {
  try {
    return (await isPresent(owner, context)) || { type: 'stale' };
  } catch (error) {
    if (!isRequestError(error)) throw error;
    return { type: 'failed', error };
  }
}

async function applyChild(owner: Owner, child: Child | UnwantedChild, context: ApplyContext): Promise<ApplyResult> {
  const live = child.kind.store.get(keyOfChild(child));
  try {
    if ('unwanted' in child) return await deleteUnwanted(owner, child, nameOf(child), context);
    return live === undefined
      ? await createMissing(owner, child, context)
      : await applyOverLive(owner, child, live, context);
  } catch (error) {
    if (!isRequestError(error)) throw error;
    return { type: 'failed', error };
  }
}

async function createMissing(owner: Owner, child: Child, context: ApplyContext): Promise<ApplyResult> {
  const { client, limiter, ownership } = context;
  const { kind } = child;
  const name = nameOf(child);
  const retryAfterMs = limiter.waitMs(name, [EXISTENCE]);
  if (retryAfterMs > 0) {
    const by: ConflictingWriter = { type: 'unknown' };
    limiter.contest(name, EXISTENCE, by);
    return { type: 'contested', field: EXISTENCE, by, retryAfterMs };
  }
  const desired = withOwnerGeneration(owner, child.desired, ownership);
  const written = await kind.store.write(keyOf(desired), async () =>
    kind.trim(await createObject(client, kind, desired)),
  );
  limiter.note(name, [EXISTENCE]);
  return resultOfWrite(owner, child, { written, done: { type: 'created' } }, context);
}

async function applyOverLive(
  owner: Owner,
  child: Child,
  live: LiveObject,
  context: ApplyContext,
): Promise<ApplyResult> {
  const decision = decide(owner, child, live, context);
  if (decision.type !== 'write') return decision;
  // The garbage collector deletes an object whose owner is gone: a stale cache must not have it adopted.
  if (decision.isAdoption && !(await isPresent(owner, context))) return { type: 'stale' };
  const written = await overwrite(owner, child, live, context);
  const { fields, done, isRepair, isAdoption } = decision;
  if (isRepair) context.limiter.note(nameOf(child), fields);
  else context.limiter.forget(nameOf(child));
  return resultOfWrite(owner, child, { written, done: isAdoption ? { type: 'adopted' } : done }, context);
}

/** Without its owner as controller, in its namespace, an object would be deleted at once, or taken for another one's. */
function checkOwnership({ metadata }: Owner, { kind, desired }: Child): void {
  const { namespace, name } = desired.metadata;
  const what = `${kind.kind} ${keyOf(desired)}`;
  if (namespace !== metadata.namespace)
    throw new Error(`${what} is not in the namespace of its owner, ${metadata.namespace}`);
  if (controllerOf(desired)?.uid !== metadata.uid) {
    throw new Error(
      `${what} does not name its owner as controller: build the metadata of ${name} with buildOwnedMetadata`,
    );
  }
}

async function overwrite(
  owner: Owner,
  child: Child,
  live: LiveObject,
  { client, ownership }: ApplyContext,
): Promise<LiveObject> {
  const { kind } = child;
  const desired = withOwnerGeneration(owner, child.desired, ownership);
  const isOfAnotherCreator = live.ownedFields === undefined && (live.otherWriters ?? []).length > 0;
  return kind.store.write(keyOf(desired), async () => {
    const over = isOfAnotherCreator
      ? kind.trim(await clearManagedFields(client, { kind, desired, live }, ownership.ownerGenerationAnnotation))
      : live;
    return kind.trim(await overwriteObject(client, { kind, desired, live: over }));
  });
}

/** What came of a write, from its answer: no watch event tells of that, since the cache has the answer already. */
function resultOfWrite(
  owner: Owner,
  child: Child,
  { written, done }: { written: LiveObject; done: UpToDate },
  context: ApplyContext,
): ApplyResult {
  const all = [...compareWithLive(owner, child, written, context.ownership)];
  context.admission.note(nameOf(child), written, all);
  const obstacle = findObstacle(owner, written, context.ownership);
  return obstacle ?? resultOfComparison(child, { all, done }, context);
}

/** Asks the API server whether the owner is just as it is in the cache, and not being deleted. */
async function isPresent({ metadata }: Owner, { client, ownership }: ApplyContext): Promise<boolean> {
  const present = await readByName(client, ownership.ownerResource, metadata);
  return (
    present?.metadata.uid === metadata.uid &&
    present.metadata.generation === metadata.generation &&
    present.metadata.deletionTimestamp === undefined
  );
}
