import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { controllerOf } from '../domain/child.ts';
import type { ChildResult } from '../domain/child-result.ts';
import type { DesiredChild } from '../domain/children.ts';
import { type Difference, differences } from '../kube/apply-difference.ts';
import type { CachedChild } from './cached-child.ts';

/** What is to be done with a child. */
export type ChildPlan =
  | { readonly type: 'keep'; readonly live: CachedChild }
  | { readonly type: 'create' }
  /** `isDrift`: the spec was applied before, so that somebody else made the difference. */
  | { readonly type: 'update'; readonly live: CachedChild; readonly difference: Difference; readonly isDrift: boolean }
  | { readonly type: 'leave'; readonly why: Extract<ChildResult, { type: 'blocked' }> };

/** Decides what is to be done with a child, from what is wanted and what there is. */
export function planChild(
  resource: TemperatureConverter,
  desired: DesiredChild,
  live: CachedChild | undefined,
): ChildPlan {
  if (live === undefined) return { type: 'create' };
  const why = findObstacle(resource, desired, live);
  if (why !== undefined) return { type: 'leave', why };
  const difference = firstDifference(desired, live);
  if (difference === undefined) return { type: 'keep', live };
  return { type: 'update', live, difference, isDrift: wasApplied(resource) };
}

/** Whether the present spec was applied before, by what the status tells of the children; when it was refused, it was not. */
function wasApplied({ metadata, status }: TemperatureConverter): boolean {
  const reconciled = status?.conditions?.find(({ type }) => type === 'Reconciled');
  if (reconciled?.observedGeneration !== metadata.generation) return false;
  return reconciled.reason === 'Applied' || reconciled.reason === 'Contested';
}

/** The first way in which a live child is not as desired; undefined when there is none. */
export function firstDifference(desired: DesiredChild, live: CachedChild): Difference | undefined {
  const [first] = allDifferences(desired, live);
  return first;
}

/** Every way in which a live child is not as desired. */
export function* allDifferences(desired: DesiredChild, live: CachedChild): Generator<Difference> {
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = desired;
  yield* differences(fields, live, live.ownedFields);
  if (isHalfReplaced(desired, live)) yield { path: 'metadata.managedFields', wanted: 'Apply', found: 'Update' };
}

/**
 * Says whether a child's spec was replaced, and the apply that is to follow was not done, as when the operator is killed in
 * between. A Service's ports are replaced without one: nothing of them can stay behind, since they are replaced again.
 */
export function isHalfReplaced({ kind }: DesiredChild, live: CachedChild): boolean {
  return kind !== 'Service' && live.hasOwnUpdates === true;
}

/** What forbids to touch a live object: another controls it, or it is on its way out. */
export function findObstacle(
  resource: TemperatureConverter,
  { kind }: DesiredChild,
  live: CachedChild,
): Extract<ChildResult, { type: 'blocked' }> | undefined {
  const { name } = live.metadata;
  const controller = controllerOf(live);
  if (controller?.uid !== resource.metadata.uid) {
    const owner = controller === undefined ? 'nobody' : `${controller.kind} ${controller.name}`;
    const advice =
      controller?.kind === resource.kind && controller.name === name
        ? 'It is what an earlier resource of this name left; the garbage collector removes it.'
        : 'Delete or rename it, or give this resource another name; the operator goes on by itself.';
    const message = `${kind} ${name} exists and is controlled by ${owner}, so the operator does not touch it. ${advice}`;
    return { type: 'blocked', kind, reason: 'NameConflict', message };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    const message = `${kind} ${name} is being deleted; it is made again when it is gone.`;
    return { type: 'blocked', kind, reason: 'ChildTerminating', message };
  }
  return undefined;
}
