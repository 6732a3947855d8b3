import { describe, expect, it } from '@jest/globals';
import type { ObjectMetadata, ObjectToApply } from '../object/object.ts';
import type { OwnedFields } from './owned-fields.ts';
import type { LiveObject } from './live-object.ts';
import {
  compareGenerations,
  findObstacle,
  type Owner,
  type OwnershipOptions,
  ownershipOptions,
  withOwnerGeneration,
} from './ownership.ts';

const RECORD = 'example.com/owner-generation';
const OPTIONS: OwnershipOptions = {
  ownerResource: { group: 'example.com', version: 'v1', plural: 'sites' },
  labelsOf: ({ metadata }) => ({ 'managed-by': 'site-operator', site: metadata.name }),
  adoptAnnotation: 'example.com/adopt',
  ownerGenerationAnnotation: RECORD,
};
const OWNER: Owner = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '10', generation: 3 } };
const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };
const LABELS = { 'managed-by': 'site-operator', site: 'web' };
const OWNS_RECORD: OwnedFields = { 'f:metadata': { 'f:annotations': { [`f:${RECORD}`]: {} } } };

function live(metadata: Partial<ObjectMetadata>, ownedFields?: OwnedFields): LiveObject {
  return {
    metadata: { name: 'web', namespace: 'blue', uid: 'd1', resourceVersion: '1', ...metadata },
    ...(ownedFields === undefined ? {} : { ownedFields }),
  };
}

/** A live object on which this manager has recorded the owner's generation. */
const recorded = (record: string): LiveObject => live({ annotations: { [RECORD]: record } }, OWNS_RECORD);

describe('findObstacle', () => {
  it.each<[string, Partial<ObjectMetadata>]>([
    ['the owner controls', { ownerReferences: [CONTROLLER] }],
    ['has lost its controller and has the owner’s labels', { labels: { ...LABELS, app: 'web' } }],
    [
      'has only owners that do not control it, and has the labels',
      { labels: LABELS, ownerReferences: [{ ...CONTROLLER, uid: 'u9', controller: false }] },
    ],
    ['allows its adoption by the owner', { annotations: { 'example.com/adopt': 'web' } }],
  ])('is undefined for an object that %s', (_case, metadata) => {
    expect(findObstacle(OWNER, live(metadata), OPTIONS)).toBeUndefined();
  });

  it.each<[string, Partial<ObjectMetadata>]>([
    ['has no controller, and no labels', {}],
    ['has only some of the labels', { labels: { site: 'web' } }],
    ['has the labels of another owner', { labels: { ...LABELS, site: 'api' } }],
    ['allows its adoption by another owner', { annotations: { 'example.com/adopt': 'api' } }],
  ])('is a name conflict for an object that %s', (_case, metadata) => {
    expect(findObstacle(OWNER, live(metadata), OPTIONS)).toEqual({ type: 'nameConflict', controller: undefined });
  });

  it.each([
    ['another object controls', { ...CONTROLLER, kind: 'StatefulSet', name: 'db', uid: 'u9' }],
    ['an earlier owner of the same name controls', { ...CONTROLLER, uid: 'u0' }],
  ])('is a name conflict with the controller of an object that %s, regardless of its labels', (_case, controller) => {
    const annotations = { 'example.com/adopt': 'web' };
    const object = live({ ownerReferences: [controller], labels: LABELS, annotations });
    expect(findObstacle(OWNER, object, OPTIONS)).toEqual({ type: 'nameConflict', controller });
  });

  it.each<[string, Partial<ObjectMetadata>, object]>([
    ['the owner’s', { ownerReferences: [CONTROLLER] }, { type: 'terminating' }],
    ['one that could be adopted', { labels: LABELS }, { type: 'terminating' }],
    ['another’s', {}, { type: 'nameConflict', controller: undefined }],
  ])('for an object that is being deleted and is %s', (_case, metadata, obstacle) => {
    const object = live({ ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(findObstacle(OWNER, object, OPTIONS)).toEqual(obstacle);
  });
});

describe('compareGenerations', () => {
  it.each([
    ['u1/2', 'older'],
    ['u1/3', 'same'],
    ['u1/4', 'newer'],
    ['u1/10', 'newer'],
  ])('compares a record of %s with the owner u1/3: %s', (record, expected) => {
    expect(compareGenerations(OWNER, recorded(record), OPTIONS)).toBe(expected);
  });

  it.each([
    ['has a record of another owner with the same name', recorded('u0/9')],
    ['has no record', live({})],
    ['has a record of another manager', live({ annotations: { [RECORD]: 'u1/9' } }, { 'f:spec': {} })],
    ['was never applied by this manager', live({ annotations: { [RECORD]: 'u1/9' } })],
  ])('is undefined for an object that %s', (_case, object) => {
    expect(compareGenerations(OWNER, object, OPTIONS)).toBeUndefined();
  });
});

describe('withOwnerGeneration', () => {
  const DESIRED: ObjectToApply = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'blue', labels: { a: 'b' }, annotations: { cost: 'low' } },
    spec: { type: 'ClusterIP' },
  };

  it('adds the record to the annotations, and changes nothing else', () => {
    expect(withOwnerGeneration(OWNER, DESIRED, OPTIONS)).toEqual({
      ...DESIRED,
      metadata: { ...DESIRED.metadata, annotations: { cost: 'low', [RECORD]: 'u1/3' } },
    });
  });

  it('adds it to an object without annotations', () => {
    const { annotations: _annotations, ...metadata } = DESIRED.metadata;
    expect(withOwnerGeneration(OWNER, { ...DESIRED, metadata }, OPTIONS).metadata.annotations).toEqual({
      [RECORD]: 'u1/3',
    });
  });

  it.each([
    ['keeps the record of a live object: an older record alone causes no write', recorded('u1/2'), 'u1/2'],
    ['keeps the record of a live object for an earlier owner', recorded('u0/7'), 'u0/7'],
    ['sets the record if another manager has written it', live({ annotations: { [RECORD]: 'u1/2' } }), 'u1/3'],
    ['sets the record if the live object has none', live({}, OWNS_RECORD), 'u1/3'],
  ])('%s', (_case, object, record) => {
    const { metadata } = withOwnerGeneration(OWNER, DESIRED, OPTIONS, object);
    expect(metadata.annotations).toEqual({ cost: 'low', [RECORD]: record });
  });
});

describe('ownershipOptions', () => {
  it("names the annotations after the owners' API group", () => {
    expect(ownershipOptions(OPTIONS.ownerResource, OPTIONS.labelsOf)).toEqual(OPTIONS);
  });
});
