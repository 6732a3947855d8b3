import { describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import type { OwnerReference } from '../api/object-meta.ts';
import { buildService } from '../domain/service.ts';
import type { CachedChild } from './cached-child.ts';
import { allDifferences, planChild } from './plan-child.ts';

const RESOURCE = exampleConverter();
const APPLIED = exampleConverter({ status: exampleStatus('Applied') });
const DESIRED = buildService(RESOURCE, 'converter:1');
const [OWNER] = DESIRED.metadata.ownerReferences;

function live(more: { metadata?: object; spec?: object } = {}): CachedChild {
  return {
    metadata: { ...DESIRED.metadata, uid: 's1', resourceVersion: '1', ...more.metadata },
    spec: Object.assign({ clusterIP: '10.0.0.1' }, DESIRED.spec, more.spec),
  };
}

/** A live Service that has these owners. */
const ownedBy = (...ownerReferences: Partial<OwnerReference>[]): CachedChild => live({ metadata: { ownerReferences } });

describe('planChild', () => {
  it('creates what is missing', () => {
    expect(planChild(RESOURCE, DESIRED, undefined)).toEqual({ type: 'create' });
  });

  it('keeps what is as desired, with what the server has filled in', () => {
    expect(planChild(RESOURCE, DESIRED, live())).toEqual({ type: 'keep', live: live() });
  });

  it.each([
    ['since the spec was never applied', RESOURCE, false],
    [
      'since the spec has changed',
      exampleConverter({ metadata: { generation: 4 }, status: exampleStatus('Applied') }),
      false,
    ],
    ['since the spec was refused', exampleConverter({ status: exampleStatus('Forbidden') }), false],
    ['since somebody has changed it', APPLIED, true],
    ['since somebody keeps changing it', exampleConverter({ status: exampleStatus('Contested') }), true],
  ])('updates what differs, %s', (_case, resource, isDrift) => {
    const changed = live({ spec: { type: 'NodePort' } });
    expect(planChild(resource, DESIRED, changed)).toEqual({
      type: 'update',
      live: changed,
      difference: { path: 'spec.type', wanted: 'ClusterIP', found: 'NodePort' },
      isDrift,
    });
  });

  it.each<[string, CachedChild, string, string]>([
    [
      'nobody controls',
      ownedBy(),
      'NameConflict',
      'Service web exists and is controlled by nobody, so the operator does not touch it. Delete or rename it, or give this resource another name; the operator goes on by itself.',
    ],
    [
      'the resource owns and does not control',
      ownedBy({ ...OWNER, controller: false }),
      'NameConflict',
      'Service web exists and is controlled by nobody, so the operator does not touch it. Delete or rename it, or give this resource another name; the operator goes on by itself.',
    ],
    [
      'another object controls',
      ownedBy({ ...OWNER, kind: 'StatefulSet', name: 'db', uid: 'u9' }),
      'NameConflict',
      'Service web exists and is controlled by StatefulSet db, so the operator does not touch it. Delete or rename it, or give this resource another name; the operator goes on by itself.',
    ],
    [
      'an earlier resource of the name controls',
      ownedBy({ ...OWNER, uid: 'u0' }),
      'NameConflict',
      'Service web exists and is controlled by TemperatureConverter web, so the operator does not touch it. It is what an earlier resource of this name left; the garbage collector removes it.',
    ],
    [
      'is being deleted',
      live({ metadata: { deletionTimestamp: 'now' } }),
      'ChildTerminating',
      'Service web is being deleted; it is made again when it is gone.',
    ],
  ])('leaves alone what %s, and says so', (_case, child, reason, message) => {
    expect(planChild(RESOURCE, DESIRED, child)).toEqual({
      type: 'leave',
      why: { type: 'blocked', kind: 'Service', reason, message },
    });
  });
});

describe('allDifferences', () => {
  it('tells of each', () => {
    const changed = live({ metadata: { labels: {} }, spec: { type: 'NodePort' } });
    expect([...allDifferences(DESIRED, changed)].map(({ path }) => path)).toEqual(['metadata.labels', 'spec.type']);
  });
});
