import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../client/client.ts';
import { isConflict, type RequestError } from '../client/errors.ts';
import { systemClock } from '../clock/clock.ts';
import type { ObjectToApply } from '../object/object.ts';
import { AdmissionChanges } from './admission-changes.ts';
import type { Difference } from './apply-difference.ts';
import type { ApplyResult } from './apply-result.ts';
import { compareWithLive, decide, type WantedChild, type Write } from './decide.ts';
import { dryRunCreate, type DryRunOutcome, dryRunOverwrite } from './dry-run.ts';
import type { LiveObject, ReceivedObject } from './live-object.ts';
import { applyMergePatch } from './merge-patch.ts';
import { type Owner, type OwnershipOptions, withOwnerGeneration } from './ownership.ts';
import { predictApply } from './predict-apply.ts';
import { RepairLimiter } from './repair-limiter.ts';

/** What applying one object would do. */
export type ChildPlan =
  /** `object` is the object as it would be created. */
  | { readonly action: 'create'; readonly object: object; readonly isTried: boolean }
  | PlannedUpdate
  | { readonly action: 'unchanged'; readonly changedByAdmission: readonly Difference[] }
  /** The object differs, and cannot be written. */
  | { readonly action: 'blocked'; readonly result: ApplyResult };

/** An object that would be updated, or adopted. */
export interface PlannedUpdate {
  readonly action: 'update' | 'adopt';
  /** The fields that the apply changes. */
  readonly differences: readonly Difference[];
  /** Those of them that an admission plug-in changes in the same write. */
  readonly changedByAdmission: readonly Difference[];
  readonly live: LiveObject;
  readonly before: ReceivedObject;
  readonly after: ReceivedObject;
  /** Whether the API server has tried the write, so that `after` has its defaults and the changes of admission plug-ins. */
  readonly isTried: boolean;
}

const UNTRIED = { type: 'unsupported' } as const;

/** What planning needs. */
export interface PlanContext {
  readonly ownership: OwnershipOptions;
  /** A client with `dryRun`, where the API server is to try the writes; undefined where they are only predicted. */
  readonly dryRun: KubeClient | undefined;
}

/**
 * Plans one object by the decisions that apply it, as by a process that has just been started. Writes nothing. Returns
 * undefined if the object has changed since it was read.
 */
export async function planChild(
  owner: Owner,
  child: WantedChild,
  received: ReceivedObject | undefined,
  context: PlanContext,
): Promise<ChildPlan | undefined> {
  if (received === undefined) return planCreation(owner, child, context);
  const live = child.kind.trim(received);
  const decision = decide(owner, child, live, {
    limiter: new RepairLimiter(systemClock),
    admission: new AdmissionChanges(systemClock),
    ownership: context.ownership,
  });
  if (decision.type === 'write') return planUpdate(owner, child, { received, live, decision }, context);
  if (decision.type === 'unchanged') return { action: 'unchanged', changedByAdmission: [] };
  return { action: 'blocked', result: decision };
}

async function planCreation(
  owner: Owner,
  { kind, desired }: WantedChild,
  { dryRun, ownership }: PlanContext,
): Promise<ChildPlan | undefined> {
  const object = withOwnerGeneration(owner, desired, ownership);
  const outcome = dryRun === undefined ? UNTRIED : await dryRunCreate(dryRun, kind, object);
  if (outcome.type === 'refused') return refused(outcome.error);
  const isTried = outcome.type === 'accepted';
  return { action: 'create', object: isTried ? outcome.object : object, isTried };
}

async function planUpdate(
  owner: Owner,
  child: WantedChild,
  { received, live, decision }: { received: ReceivedObject; live: LiveObject; decision: Write },
  { dryRun, ownership }: PlanContext,
): Promise<ChildPlan | undefined> {
  const { kind } = child;
  const desired = withOwnerGeneration(owner, child.desired, ownership);
  const outcome = dryRun === undefined ? UNTRIED : await dryRunOverwrite(dryRun, { kind, desired, live });
  if (outcome.type === 'refused') return refused(outcome.error);
  const changedByAdmission = outcome.type === 'accepted' ? compare(owner, child, outcome.object, ownership) : [];
  const differences = withAdmissionChanges(decision.differences, changedByAdmission);
  if (differences.length === 0) return { action: 'unchanged', changedByAdmission };
  return {
    action: decision.isAdoption ? 'adopt' : 'update',
    differences,
    changedByAdmission,
    live,
    before: received,
    after: outcome.type === 'accepted' ? outcome.object : predict(child, { desired, live, received, outcome }),
    isTried: outcome.type === 'accepted',
  };
}

/** The differences that a write resolves, where admission plug-ins change some fields back, or to other values. */
function withAdmissionChanges(
  differences: readonly Difference[],
  changedByAdmission: readonly Difference[],
): readonly Difference[] {
  return differences.flatMap((difference) => {
    const changed = changedByAdmission.find(({ path }) => path === difference.path);
    if (changed === undefined) return [difference];
    return isDeepStrictEqual(changed.found, difference.found) ? [] : [{ ...difference, wanted: changed.found }];
  });
}

function compare(
  owner: Owner,
  child: WantedChild,
  written: ReceivedObject,
  ownership: OwnershipOptions,
): readonly Difference[] {
  const all = [...compareWithLive(owner, child, child.kind.trim(written), ownership)];
  // Without steps it is no field: an apply that follows a patch.
  return all.filter(({ steps }) => steps.length > 0);
}

/** The object after the patches that precede the apply, and the apply. */
function predict(
  { kind }: WantedChild,
  {
    desired,
    live,
    received,
    outcome,
  }: { desired: ObjectToApply; live: LiveObject; received: ReceivedObject; outcome: DryRunOutcome },
): ReceivedObject {
  const started: Partial<Extract<DryRunOutcome, { type: 'started' }>> = outcome.type === 'started' ? outcome : {};
  const patched = started.object ?? withPatch(received, kind.patchBeforeApply?.(desired, live));
  const object = withPatch(patched, started.removal);
  return predictApply(desired, { object, live: kind.trim(object) }, kind.mergeRules);
}

function withPatch(object: ReceivedObject, patch: object | undefined): ReceivedObject {
  // SAFETY: a merge patch of fields yields an object of the same kind.
  return patch === undefined ? object : (applyMergePatch(object, patch) as ReceivedObject);
}

function refused(error: RequestError): ChildPlan | undefined {
  return isConflict(error) ? undefined : { action: 'blocked', result: { type: 'failed', error } };
}
