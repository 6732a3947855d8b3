import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { CHILDREN } from '../caches.ts';
import type { DesiredChild } from '../children/children.ts';
import type { ChildKind } from '../children/child.ts';
import { describeResult } from '../status/describe-result.ts';
import type { ApplyResult } from '../../controller-runtime/apply/apply-result.ts';
import { isToDelete } from '../../controller-runtime/apply/delete-unwanted.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import type { ChildPlan, PlannedUpdate } from '../../controller-runtime/apply/plan-child.ts';
import { computeConsequences, consequencesOfCreation } from './consequences.ts';
import type { ChildReport, PlannedField } from './converter-plan.ts';
import { diffObjects } from './displayed-object.ts';
import { findOrigin } from './field-origin.ts';

const NOTHING = { fields: [], consequences: [], replacesPods: false, changesAddress: false, tried: false } as const;

/** Reports a child that the resource must not have; nothing if it is not to be deleted. */
export function reportUnwanted(
  resource: TemperatureConverter,
  kind: ChildKind,
  live: ReceivedObject | undefined,
): readonly ChildReport[] {
  if (live === undefined || !isToDelete(resource, CHILDREN[kind].trim(live))) return [];
  const { name } = live.metadata;
  const consequences = ['It is deleted, because the spec does not ask for it.'];
  return [{ kind, name, action: 'deleted', ...NOTHING, consequences }];
}

/** Reports the plan of a child. */
export function reportChild(resource: TemperatureConverter, desired: DesiredChild, plan: ChildPlan): ChildReport {
  const { kind, metadata } = desired;
  const child = { kind, name: metadata.name };
  switch (plan.action) {
    case 'unchanged':
      return { ...child, action: 'unchanged', ...NOTHING, ...noteOf(child, plan.changedByAdmission) };
    case 'blocked':
      return { ...child, action: 'blocked', ...NOTHING, ...describeObstacle(child, plan.result) };
    case 'create':
      return {
        ...child,
        action: 'created',
        ...NOTHING,
        // SAFETY: it is a Kubernetes object.
        diff: diffObjects(desired, undefined, plan.object as ReceivedObject),
        consequences: consequencesOfCreation(kind),
        tried: plan.isTried,
      };
    case 'update':
    case 'adopt':
      return reportUpdate(resource, desired, plan);
  }
}

function reportUpdate(resource: TemperatureConverter, desired: DesiredChild, plan: PlannedUpdate): ChildReport {
  const { kind, metadata } = desired;
  const { sentences, replacesPods, changesAddress } = computeConsequences(kind, plan);
  const child = { kind, name: metadata.name };
  const { differences } = plan;
  const known = isKnownAdmissionChange(resource, child, differences) && !plan.isTried;
  if (known) return { ...child, action: 'unchanged', ...NOTHING, ...noteOf(child, differences) };
  return {
    ...child,
    action: plan.action === 'adopt' ? 'adopted' : 'changed',
    fields: differences.map((difference) => toField(difference, plan)).toSorted(byPath),
    diff: diffObjects(desired, plan.before, plan.after),
    consequences: sentences,
    replacesPods,
    changesAddress,
    tried: plan.isTried,
    ...noteOf(child, plan.changedByAdmission),
  };
}

function byPath(one: PlannedField, other: PlannedField): number {
  return one.path < other.path ? -1 : 1;
}

/** Whether the status says that admission plug-ins made exactly these changes in the operator's last write. */
function isKnownAdmissionChange(
  { status, metadata }: TemperatureConverter,
  child: { kind: ChildKind; name: string },
  changes: PlannedUpdate['differences'],
): boolean {
  const { message: note } = noteOf(child, changes);
  const reconciled = status?.conditions?.find(({ type }) => type === 'Reconciled');
  if (note === undefined || reconciled?.reason !== 'ChangedByAdmission') return false;
  return reconciled.observedGeneration === metadata.generation && reconciled.message.includes(note);
}

function noteOf(child: { kind: ChildKind; name: string }, changes: PlannedUpdate['differences']): { message?: string } {
  if (changes.length === 0) return {};
  const described = describeResult(child, { type: 'changedByAdmission', changes, retryAfterMs: 0 });
  return described.type === 'upToDate' && described.note !== undefined ? { message: described.note } : {};
}

function describeObstacle(
  child: { kind: ChildKind; name: string },
  result: ApplyResult,
): Pick<ChildReport, 'reason' | 'message'> {
  const described = describeResult(child, result);
  return described.type === 'blocked' ? { reason: described.reason, message: described.message } : {};
}

function toField(difference: PlannedUpdate['differences'][number], { before, live }: PlannedUpdate): PlannedField {
  const { path, wanted, found } = difference;
  const setBy = findOrigin(before, live, difference);
  return {
    path,
    ...(found === undefined ? {} : { from: found }),
    ...(wanted === undefined ? {} : { to: wanted }),
    ...(setBy === undefined ? {} : { setBy }),
  };
}
