import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { buildService } from '../domain/service.ts';
import type { OwnedFields } from '../kube/owned-fields.ts';
import type { CachedChild } from './cached-child.ts';
import { describeContest, findRival, type Rival } from './contested.ts';
import type { Repair } from './contests.ts';

const METADATA = { name: 'web', namespace: 'blue', uid: 's1', resourceVersion: '1' };
const OURS = { 'f:spec': { 'f:type': {}, 'f:selector': {} } };
const LESS = { 'f:spec': { 'f:selector': {} } };
const REPAIR = { contested: { type: 'asDesired', kind: 'Service', write: 'none' }, ownedFields: OURS } as const;
const SETTLED = { ...REPAIR, isSettled: true };
const UNSETTLED = { ...REPAIR, isSettled: false };

/** A child as it comes anew from the API server. */
function child(ownedFields: OwnedFields, ...otherManagers: readonly string[]): CachedChild {
  return { metadata: METADATA, otherManagers, ownedFields: JSON.parse(JSON.stringify(ownedFields)) };
}

describe('who changes a child', () => {
  it.each<[string, CachedChild, Repair | undefined, Rival]>([
    ['a manager who took a field from us', child(LESS, 'old', 'rival'), SETTLED, { type: 'manager', name: 'rival' }],
    ['a manager, before any repair', child(OURS, 'rival'), undefined, { type: 'manager', name: 'rival' }],
    ['a manager, where the repair had not lasted', child(LESS, 'rival'), UNSETTLED, { type: 'manager', name: 'rival' }],
    ['another instance, when we own what we did', child(OURS), SETTLED, { type: 'instance' }],
    ['another instance, whoever else has a part in it', child(OURS, 'rival'), SETTLED, { type: 'instance' }],
    ['another instance, which sets other fields', child(LESS), SETTLED, { type: 'instance' }],
    ['admission, when the repair had no effect', child(OURS), UNSETTLED, { type: 'admission' }],
    ['admission, whoever else has a part in it', child(OURS, 'rival'), UNSETTLED, { type: 'admission' }],
  ])('%s', (_case, live, last, rival) => {
    expect(findRival(live, last)).toEqual(rival);
  });
});

describe('what is told of a contest', () => {
  const DESIRED = buildService(exampleConverter(), 'converter:1');
  const DIFFERENCE = { path: 'spec.type', wanted: 'ClusterIP', found: 'NodePort' };

  it.each([
    [
      { type: 'manager', name: 'rival' } as const,
      'Service web: field manager "rival" keeps changing spec.type, which this resource sets; the operator puts it back less and less often. Stop that writer, or set the field in the spec.',
    ],
    [
      { type: 'admission' } as const,
      'Service web: something, such as an admission webhook, keeps changing spec.type, which this resource sets; the operator puts it back less and less often. Stop that writer, or set the field in the spec.',
    ],
    [
      { type: 'instance' } as const,
      'Service web: another instance of this operator, of another version or with other defaults (CONVERTER_IMAGE), keeps changing spec.type, which this resource sets; the operator puts it back less and less often. Let only one of them work in this namespace (WATCH_NAMESPACES), or all of them share one lease (LEADER_ELECT).',
    ],
  ])('names %s, and says what to do', (rival, message) => {
    const told = { type: 'blocked', kind: 'Service', reason: 'Contested', message };
    expect(describeContest(DESIRED, DIFFERENCE, rival)).toEqual(told);
  });
});
