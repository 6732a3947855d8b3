import { isDeepStrictEqual } from 'node:util';
import type { ChildResult } from '../domain/child-result.ts';
import type { DesiredChild } from '../domain/children.ts';
import type { Difference } from '../kube/apply-difference.ts';
import type { CachedChild } from './cached-child.ts';
import type { Repair } from './contests.ts';

/** Who keeps a child other than desired: another field manager, another process under our own name, or none of them. */
export type Rival =
  { readonly type: 'manager'; readonly name: string } | { readonly type: 'instance' } | { readonly type: 'admission' };

/**
 * Tells who made a child other than our last repair of it left it. A manager that changes a field takes it from us; what
 * changes while we own as much as before was written under our own name.
 */
export function findRival({ otherManagers = [], ownedFields }: CachedChild, last: Repair | undefined): Rival {
  const isAllOurs = last !== undefined && isDeepStrictEqual(ownedFields, last.ownedFields);
  if (isAllOurs && !last.isSettled) return { type: 'admission' };
  const name = otherManagers.at(-1);
  return isAllOurs || name === undefined ? { type: 'instance' } : { type: 'manager', name };
}

/** Says of a child that is not as desired who keeps it so, and what to do. */
export function describeContest({ kind, metadata }: DesiredChild, { path }: Difference, rival: Rival): ChildResult {
  const { who, advice } = describeRival(rival);
  const message = `${kind} ${metadata.name}: ${who} keeps changing ${path}, which this resource sets; the operator puts it back less and less often. ${advice}`;
  return { type: 'blocked', kind, reason: 'Contested', message };
}

function describeRival(rival: Rival): { readonly who: string; readonly advice: string } {
  const advice = 'Stop that writer, or set the field in the spec.';
  switch (rival.type) {
    case 'manager':
      return { who: `field manager "${rival.name}"`, advice };
    case 'admission':
      return { who: 'something, such as an admission webhook,', advice };
    case 'instance':
      return {
        who: 'another instance of this operator, of another version or with other defaults (CONVERTER_IMAGE),',
        advice:
          'Let only one of them work in this namespace (WATCH_NAMESPACES), or all of them share one lease (LEADER_ELECT).',
      };
  }
}
