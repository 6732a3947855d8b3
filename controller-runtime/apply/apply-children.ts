import { type Difference, differences } from './apply-difference.ts';
import type { KubeClient } from '../client/client.ts';
import { isRequestError } from '../client/errors.ts';
import { controllerOf, keyOf, type ObjectKey, type ObjectToApply } from '../object/object.ts';
import { readByName } from '../client/write.ts';
import type { AdmissionChanges } from './admission-changes.ts';
import type { ApplyResult, UpToDate } from './apply-result.ts';
import { type ConflictingWriter, findConflictingWriter } from './conflicting-writer.ts';
import { deleteUnwanted, EXISTENCE, keyOfUnwanted, type UnwantedChild } from './delete-unwanted.ts';
import type { LiveObject } from './live-object.ts';
import {
  compareGenerations,
  findObstacle,
  type Owner,
  type OwnershipOptions,
  withOwnerGeneration,
} from './ownership.ts';
import type { RepairLimiter } from './repair-limiter.ts';
import { type AppliedKind, clearManagedFields, createObject, isHalfReplaced, overwriteObject } from './write-object.ts';

/** An object that an owner is to have; its owner reference names the owner as controller. */
export interface Child<Kind extends string = string> {
  readonly kind: AppliedKind<Kind>;
  readonly desired: ObjectToApply;
}

/** What applying needs. */
export interface ApplyContext {
  readonly client: KubeClient;
  readonly limiter: RepairLimiter<ConflictingWriter>;
  readonly admission: AdmissionChanges;
  readonly ownership: OwnershipOptions;
}

/** The name of an object among those of all kinds, in what is remembered of it. */
export function nameOfChild(kind: string, key: ObjectKey): string {
  return `${kind} ${key}`;
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
  const isStale = children.some((child) => {
    const live = child.kind.store.get(keyOfChild(child));
    return live !== undefined && compareGenerations(owner, live, context.ownership) === 'newer';
  });
  if (isStale) {
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

/** Yields in what a live object differs from the desired one; the record of the owner's generation counts as equal. */
export function* compareWithLive(
  owner: Owner,
  { kind, desired }: { readonly kind: Pick<AppliedKind, 'mergeRules'>; readonly desired: ObjectToApply },
  live: LiveObject,
  ownership: OwnershipOptions,
): Generator<Difference> {
  yield* differences(withOwnerGeneration(owner, desired, ownership, live), live, live.ownedFields, kind.mergeRules);
  if (isHalfReplaced(live)) {
    yield { path: 'metadata.managedFields', wanted: 'Apply', found: 'Update', steps: [] };
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
  const isAdoption = controllerOf(live) === undefined;
  // The garbage collector deletes an object whose owner is gone: a stale cache must not have it adopted.
  if (isAdoption && !(await isPresent(owner, context))) return { type: 'stale' };
  const written = await overwrite(owner, child, live, context);
  const { fields, done, isRepair } = decision;
  if (isRepair) context.limiter.note(nameOf(child), fields);
  else context.limiter.forget(nameOf(child));
  return resultOfWrite(owner, child, { written, done: isAdoption ? { type: 'adopted' } : done }, context);
}

/** A live object is to be written, since it differs in these fields; what that is then called. */
interface Write {
  readonly type: 'write';
  readonly fields: readonly string[];
  readonly done: UpToDate;
  /** Whether the object was already written for this generation, so that the write counts for the limiter. */
  readonly isRepair?: true;
}

/** Decides whether a live object is to be written: only if it may be, differs, and no repair of these fields is delayed. */
function decide(owner: Owner, child: Child, live: LiveObject, context: ApplyContext): ApplyResult | Write {
  const { limiter, admission, ownership } = context;
  const obstacle = findObstacle(owner, live, ownership);
  if (obstacle !== undefined) return obstacle;
  const name = nameOf(child);
  const all = [...compareWithLive(owner, child, live, ownership)];
  const differing = all.filter((difference) => !admission.includes(name, live, difference));
  const generation = compareGenerations(owner, live, ownership);
  // Where its record is newer, it is of a generation that a restore of etcd has undone, and is replaced too.
  if (differing.length === 0 && generation !== 'newer') {
    return resultOfComparison(child, { all, done: { type: 'unchanged' } }, context);
  }
  const immutable = differing.find(({ path }) => child.kind.immutableFields?.some((field) => path.startsWith(field)));
  if (immutable !== undefined) return { type: 'immutable', difference: immutable };
  const [first] = differing;
  const fields = differing.map(({ path }) => path);
  if (first === undefined || generation === 'older' || generation === 'newer') {
    return { type: 'write', fields, done: { type: 'updated' } };
  }
  const by = findConflictingWriter(live, first);
  const retryAfterMs = limiter.waitMs(name, fields);
  if (retryAfterMs === 0) return { type: 'write', fields, done: resultOfRepair(fields, by), isRepair: true };
  limiter.contest(name, first.path, by);
  // Of several contested fields the same is reported each time.
  const { field, by: writer } = limiter.contested(name) ?? { field: first.path, by };
  return { type: 'contested', field, by: writer, retryAfterMs };
}

/** Where no other manager has changed the object, something else is desired: after an upgrade of the controller. */
function resultOfRepair(fields: readonly string[], by: ConflictingWriter): UpToDate {
  return by.type === 'sameManager' ? { type: 'updated' } : { type: 'repaired', fields, by };
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

/** The result for an object that differs in nothing but what admission plug-ins change. */
function resultOfComparison(
  child: Child,
  { all, done }: { all: readonly Difference[]; done: UpToDate },
  { limiter, admission }: ApplyContext,
): ApplyResult {
  const contested = limiter.contested(nameOf(child));
  // As desired at this moment, which means little: the status would change with each repair, and back.
  if (contested !== undefined) {
    return { type: 'contested', field: contested.field, by: contested.by, retryAfterMs: contested.remainingMs };
  }
  if (all.length === 0) return done;
  return { type: 'changedByAdmission', changes: all, retryAfterMs: admission.remainingMs(nameOf(child)) };
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

function nameOf(child: Child | UnwantedChild): string {
  return nameOfChild(child.kind.kind, keyOfChild(child));
}

/** The key of an object, whether it is desired or not. */
export function keyOfChild(child: Child | UnwantedChild): ObjectKey {
  return 'unwanted' in child ? keyOfUnwanted(child) : keyOf(child.desired);
}
