import type { Condition, TemperatureConverterStatus } from '../api/temperature-converter.ts';
import type { ComputedStatus } from './status.ts';

/** An event on the resource that a user would want to know of. */
export interface ResourceEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** Reasons that say only that something is under way: no event tells of them. */
const QUIET = new Set([
  'Pending',
  'Progressing',
  'NotDeployed',
  'ChildTerminating',
  'NamespaceTerminating',
  'Deleting',
]);

/** What the change from one status to the next is worth telling: becoming ready, each new obstacle, a pause. */
export function computeEvents(
  previous: TemperatureConverterStatus | undefined,
  next: ComputedStatus,
): readonly ResourceEvent[] {
  const before = conditionOf(previous?.conditions, 'Ready');
  const after = conditionOf(next.conditions, 'Ready');
  if (after === undefined || (before?.status === after.status && before.reason === after.reason)) return [];
  if (QUIET.has(after.reason)) return [];
  const isTrouble = after.status === 'False';
  return [
    {
      type: isTrouble ? 'Warning' : 'Normal',
      reason: after.reason,
      action: 'Reconcile',
      note: after.message,
    },
  ];
}

function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
