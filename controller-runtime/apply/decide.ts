import { controllerOf, keyOf, type ObjectKey, type ObjectToApply } from '../object/object.ts';
import type { AdmissionChanges } from './admission-changes.ts';
import { type Difference, differences } from './apply-difference.ts';
import type { ApplyResult, UpToDate } from './apply-result.ts';
import { type ConflictingWriter, findConflictingWriter } from './conflicting-writer.ts';
import { keyOfUnwanted, type UnwantedChild } from './delete-unwanted.ts';
import type { LiveObject } from './live-object.ts';
import {
  compareGenerations,
  findObstacle,
  type Owner,
  type OwnershipOptions,
  withOwnerGeneration,
} from './ownership.ts';
import type { RepairLimiter } from './repair-limiter.ts';
import { type AppliedKind, isHalfReplaced } from './write-object.ts';

/** An object that an owner is to have, and how objects of its kind are written. */
export interface WantedChild {
  readonly kind: Omit<AppliedKind, 'store'>;
  readonly desired: ObjectToApply;
}

/** What a decision depends on, apart from the objects. */
export interface DecisionContext {
  readonly limiter: RepairLimiter<ConflictingWriter>;
  readonly admission: AdmissionChanges;
  readonly ownership: OwnershipOptions;
}

/** A live object is to be written, since it differs in these fields; what that is then called. */
export interface Write {
  readonly type: 'write';
  readonly differences: readonly Difference[];
  readonly fields: readonly string[];
  readonly done: UpToDate;
  /** Whether an object without a controller becomes the owner's. */
  readonly isAdoption: boolean;
  /** Whether the object was already written for this generation, so that the write counts for the limiter. */
  readonly isRepair?: true;
}

/** Whether an owner is older than the one that a live object was last written for. */
export function isStale(
  owner: Owner,
  live: LiveObject | undefined,
  { ownership }: Pick<DecisionContext, 'ownership'>,
): boolean {
  return live !== undefined && compareGenerations(owner, live, ownership) === 'newer';
}

/** Decides whether a live object is to be written: only if it may be, differs, and no repair of these fields is delayed. */
export function decide(
  owner: Owner,
  child: WantedChild,
  live: LiveObject,
  context: DecisionContext,
): ApplyResult | Write {
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
  const write = {
    type: 'write',
    differences: differing,
    fields,
    isAdoption: controllerOf(live) === undefined,
  } as const;
  if (first === undefined || generation === 'older' || generation === 'newer') {
    return { ...write, done: { type: 'updated' } };
  }
  const by = findConflictingWriter(live, first);
  const retryAfterMs = limiter.waitMs(name, fields);
  if (retryAfterMs === 0) return { ...write, done: resultOfRepair(fields, by), isRepair: true };
  limiter.contest(name, first.path, by);
  // Of several contested fields the same is reported each time.
  const { field, by: writer } = limiter.contested(name) ?? { field: first.path, by };
  return { type: 'contested', field, by: writer, retryAfterMs };
}

/** Where no other manager has changed the object, something else is desired: after an upgrade of the controller. */
function resultOfRepair(fields: readonly string[], by: ConflictingWriter): UpToDate {
  return by.type === 'sameManager' ? { type: 'updated' } : { type: 'repaired', fields, by };
}

/** The result for an object that differs in nothing but what admission plug-ins change. */
export function resultOfComparison(
  child: WantedChild,
  { all, done }: { all: readonly Difference[]; done: UpToDate },
  { limiter, admission }: DecisionContext,
): ApplyResult {
  const contested = limiter.contested(nameOf(child));
  // As desired at this moment, which means little: the status would change with each repair, and back.
  if (contested !== undefined) {
    return { type: 'contested', field: contested.field, by: contested.by, retryAfterMs: contested.remainingMs };
  }
  if (all.length === 0) return done;
  return { type: 'changedByAdmission', changes: all, retryAfterMs: admission.remainingMs(nameOf(child)) };
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

/** The name of a child among the objects of all kinds. */
export function nameOf(child: WantedChild | UnwantedChild): string {
  return nameOfChild(child.kind.kind, keyOfChild(child));
}

/** The key of an object, whether it is desired or not. */
export function keyOfChild(child: WantedChild | UnwantedChild): ObjectKey {
  return 'unwanted' in child ? keyOfUnwanted(child) : keyOf(child.desired);
}
/** The name of an object among those of all kinds, in what is remembered of it. */
export function nameOfChild(kind: string, key: ObjectKey): string {
  return `${kind} ${key}`;
}
