import type { Condition, TemperatureConverterStatus } from '../api/temperature-converter.ts';
import type { ComputedStatus } from './status.ts';

/** A Kubernetes event on the resource. */
export interface ResourceEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** Reasons of temporary states, for which no event is recorded. */
const QUIET = new Set([
  'Pending',
  'Progressing',
  'NotDeployed',
  'ChildTerminating',
  'NamespaceTerminating',
  'ApiNotReady',
  'Deleting',
]);

/** Computes the events for a status change: the resource becomes ready, is paused, or has another problem. */
export function computeEvents(
  previous: TemperatureConverterStatus | undefined,
  next: ComputedStatus,
): readonly ResourceEvent[] {
  const before = conditionOf(previous?.conditions, 'Ready');
  const after = conditionOf(next.conditions, 'Ready');
  if (after === undefined || (before?.status === after.status && before.reason === after.reason)) return [];
  if (QUIET.has(after.reason)) return [];
  const isProblem = after.status === 'False';
  return [
    {
      type: isProblem ? 'Warning' : 'Normal',
      reason: after.reason,
      action: 'Reconcile',
      note: after.message,
    },
  ];
}

function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
