import { type ApplyResult, isUpToDate } from './apply-result.ts';

/** What keeps an object from being as wanted, as a condition says it. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** The first problem among the results for objects of those kinds, in their order; undefined when there is none. */
export function findProblem(kinds: readonly string[], results: readonly ApplyResult[]): Problem | undefined {
  return results.map((result, index) => describeProblem(kinds[index] ?? 'object', result)).find(Boolean);
}

/** Puts the result for an object of that kind into plain words; undefined when the object is as wanted. */
export function describeProblem(kind: string, result: ApplyResult): Problem | undefined {
  if (isUpToDate(result)) return undefined;
  switch (result.type) {
    case 'changedByAdmission':
      return undefined;
    case 'nameConflict':
      return { reason: 'NameConflict', message: describeNameConflict(kind, result) };
    case 'immutable':
      return {
        reason: 'Immutable',
        message: `The API does not allow to change ${result.difference.path} of the ${kind}: delete the ${kind}.`,
      };
    case 'contested':
      return { reason: 'Contested', message: describeContest(kind, result) };
    case 'recreated':
      return { reason: 'Contested', message: `Another writer keeps creating the ${kind}, which is not desired.` };
    case 'terminating':
      return { reason: 'Terminating', message: `The ${kind} is being deleted.` };
    case 'stale':
      return { reason: 'Stale', message: `The ${kind} was written for a newer generation than the cached one.` };
    case 'failed':
      return { reason: 'WriteFailed', message: `The ${kind} cannot be written: ${result.error.message}` };
  }
}

function describeNameConflict(kind: string, { controller }: Extract<ApplyResult, { type: 'nameConflict' }>): string {
  const owner = controller === undefined ? 'something else' : `${controller.kind} ${controller.name}`;
  return `A ${kind} of this name exists and belongs to ${owner}: rename or delete one of them.`;
}

function describeContest(kind: string, { field, by }: Extract<ApplyResult, { type: 'contested' }>): string {
  const writer = by.type === 'manager' ? `Field manager ${by.name}` : 'Another writer';
  return `${writer} keeps ${field === '' ? 'deleting' : `changing ${field} of`} the ${kind}.`;
}
