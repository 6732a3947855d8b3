import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { ChildKind } from '../domain/child.ts';
import type { ChildResult } from '../domain/child-result.ts';
import type { DesiredChild, DesiredChildren } from '../domain/children.ts';
import type { Difference } from '../kube/apply-difference.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import { keyOf } from '../kube/object.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CachedChild } from './cached-child.ts';
import { CHILD_KINDS, type Caches } from './caches.ts';
import { describeContest, findRival, type Rival } from './contested.ts';
import type { Contests } from './contests.ts';
import type { DoomedResources } from './doomed-resources.ts';
import { classifyFailure, type Failure, NAMESPACE_TERMINATING } from './failure.ts';
import { type ChildPlan, findObstacle, firstDifference, planChild } from './plan-child.ts';
import { createChild, writeOver } from './write-child.ts';

/** What applying needs. */
export interface ApplyContext {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly contests: Contests;
  readonly doomed: DoomedResources;
  /** Names the resource in each line. */
  readonly log: Logger;
}

/** What became of a child; where a write failed, how; where one waits, for how long. */
export interface AppliedChild {
  readonly result: ChildResult;
  readonly failure?: Failure & { readonly error: unknown };
  readonly revisitMs?: number;
}

type Write = Extract<ChildResult, { type: 'asDesired' }>['write'];

const ADMISSION: Rival = { type: 'admission' };

/**
 * Makes each child as it is desired, all at once: creates what is missing, applies what differs, writes nothing else. An
 * object of a child's name that this resource does not control is left alone. Rejects only with a fault of our own.
 */
export async function applyChildren(
  resource: TemperatureConverter,
  desired: DesiredChildren,
  context: ApplyContext,
): Promise<AppliedChild[]> {
  const applied = await Promise.allSettled(CHILD_KINDS.map((kind) => applyChild(resource, desired[kind], context)));
  // After a fault too, none of it is still under way when the resource is worked on again.
  return applied.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

async function applyChild(
  resource: TemperatureConverter,
  desired: DesiredChild,
  context: ApplyContext,
): Promise<AppliedChild> {
  const { kind } = desired;
  const plan = planChild(resource, desired, context.caches.children[kind].get(keyOf(resource)));
  try {
    switch (plan.type) {
      case 'keep':
        return asDesired(plan.live, { kind, write: 'none' }, context);
      case 'leave':
        return { result: plan.why };
      case 'create':
        if (context.doomed.waitMs(resource) > 0) return doomed(resource, kind, context);
        return await createMissing(resource, desired, context);
      case 'update':
        return await updateChild(resource, { desired, ...plan }, context);
    }
  } catch (error) {
    const failure = classifyFailure(error);
    if (failure === NAMESPACE_TERMINATING) {
      context.doomed.note(resource);
      return doomed(resource, kind, context);
    }
    const words = error instanceof ApiError ? (error.status.message ?? error.message) : String(error);
    const message = `${kind} ${desired.metadata.name}: ${words.replace(/\.$/, '')}. ${failure.advice}`;
    return { result: { type: 'blocked', kind, reason: failure.reason, message }, failure: { ...failure, error } };
  }
}

/** The same for each child: the status need not be written again when the next one is missing. */
function doomed(resource: TemperatureConverter, kind: ChildKind, context: ApplyContext): AppliedChild {
  const { reason, advice } = NAMESPACE_TERMINATING;
  const revisitMs = context.doomed.waitMs(resource);
  return { result: { type: 'blocked', kind, reason, message: advice }, revisitMs };
}

async function createMissing(
  resource: TemperatureConverter,
  desired: DesiredChild,
  context: ApplyContext,
): Promise<AppliedChild> {
  const written = await createChild(desired, context);
  const remaining = firstDifference(desired, written);
  return settle(resource, { desired, written, remaining, write: 'created' }, context);
}

async function updateChild(
  resource: TemperatureConverter,
  { desired, live, difference, isDrift }: { desired: DesiredChild } & Extract<ChildPlan, { type: 'update' }>,
  context: ApplyContext,
): Promise<AppliedChild> {
  const { contests, log } = context;
  const { uid, resourceVersion } = live.metadata;
  const { generation } = resource.metadata;
  // The status may be none that tells what was applied before: the right to write it can be missing.
  const isRepair = isDrift || contests.isWrittenFor(uid, generation);
  const unsettledMs = contests.unsettledMs(uid, { resourceVersion, generation });
  const rival = unsettledMs > 0 ? ADMISSION : findRival(live, contests.lastRepair(uid));
  const contested = describeContest(desired, difference, rival);
  const revisitMs = Math.max(unsettledMs, isRepair ? contests.waitMs(uid) : 0);
  if (revisitMs > 0) return { result: contested, revisitMs };
  if (isRepair) logDrift(desired, { live, difference }, log);
  const written = await writeOver(desired, live, context);
  // Only now: a write that was refused takes no part in a contest.
  const remaining = firstDifference(desired, written);
  if (isRepair) {
    contests.noteRepair(uid, { contested, isSettled: remaining === undefined, ownedFields: written.ownedFields });
  } else {
    contests.noteUpdate(uid, generation);
  }
  return settle(resource, { desired, written, remaining, write: isRepair ? 'repaired' : 'updated' }, context);
}

/**
 * Tells whether a write brought a child to what is desired, and whether it is still ours to write. No watch event would: the
 * cache has the answer already.
 */
function settle(
  resource: TemperatureConverter,
  {
    desired,
    written,
    remaining,
    write,
  }: { desired: DesiredChild; written: CachedChild; remaining: Difference | undefined; write: Write },
  context: ApplyContext,
): AppliedChild {
  const obstacle = findObstacle(resource, desired, written);
  if (obstacle !== undefined) return { result: obstacle };
  if (remaining === undefined) return asDesired(written, { kind: desired.kind, write }, context);
  const { uid, resourceVersion } = written.metadata;
  const { generation } = resource.metadata;
  const revisitMs = context.contests.noteUnsettled(uid, { resourceVersion, generation });
  return { result: describeContest(desired, remaining, ADMISSION), revisitMs };
}

/** What is told of a child that is as desired; while somebody keeps changing it, that is not worth much. */
function asDesired(
  { metadata }: CachedChild,
  done: { kind: ChildKind; write: Write },
  { contests }: ApplyContext,
): AppliedChild {
  const lingering = contests.lingering(metadata.uid);
  if (lingering === undefined) return { result: { type: 'asDesired', ...done } };
  return { result: lingering.contested, revisitMs: lingering.ms };
}

function logDrift(
  desired: DesiredChild,
  { live, difference }: { live: CachedChild; difference: Difference },
  log: Logger,
): void {
  const changedBy = live.otherManagers?.at(-1);
  log.info({ kind: desired.kind, ...difference, changedBy }, 'repairing drift');
}
