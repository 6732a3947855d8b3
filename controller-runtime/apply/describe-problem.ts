import { type AppliedChild, type ApplyResult, isUpToDate } from './apply-result.ts';

/** Why an object is not as desired, for a condition. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** The first problem among an owner's objects; undefined when there is none. */
export function findProblem(children: readonly AppliedChild[]): Problem | undefined {
  return children.map(describeProblem).find(Boolean);
}

/** Describes the result for an object; undefined when the object is as desired. */
export function describeProblem({ kind, name, result }: AppliedChild): Problem | undefined {
  const object = `${kind} ${name}`;
  if (isUpToDate(result)) return undefined;
  switch (result.type) {
    case 'changedByAdmission':
      return undefined;
    case 'nameConflict':
      return { reason: 'NameConflict', message: describeNameConflict(object, result) };
    case 'immutable':
      return {
        reason: 'Immutable',
        message: `The API does not allow to change ${result.difference.path} of ${object}: delete it.`,
      };
    case 'contested':
      return { reason: 'Contested', message: describeContest(object, result) };
    case 'recreated':
      return { reason: 'Contested', message: `Another writer keeps creating ${object}, which is not desired.` };
    case 'terminating':
      return { reason: 'Terminating', message: `${object} is being deleted.` };
    case 'stale':
      return { reason: 'Stale', message: `${object} was written for a newer generation than the cached one.` };
    case 'failed':
      return { reason: 'WriteFailed', message: `${object} cannot be written: ${result.error.message}` };
  }
}

function describeNameConflict(object: string, { controller }: Extract<ApplyResult, { type: 'nameConflict' }>): string {
  const owner = controller === undefined ? 'something else' : `${controller.kind} ${controller.name}`;
  return `${object} exists and belongs to ${owner}: rename or delete one of them.`;
}

function describeContest(object: string, { field, by }: Extract<ApplyResult, { type: 'contested' }>): string {
  const writer = by.type === 'manager' ? `Field manager ${by.name}` : 'Another writer';
  return `${writer} keeps ${field === '' ? 'deleting' : `changing ${field} of`} ${object}.`;
}
