import { describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import type { ManagedFieldsEntry } from './owned-fields.ts';
import { type LiveObject, toLiveObject } from './live-object.ts';

const METADATA = { name: 'web', namespace: 'blue', uid: 'd1', resourceVersion: '7', labels: { a: 'b' } };
const OWN_APPLY: ManagedFieldsEntry = {
  manager: FIELD_MANAGER,
  operation: 'Apply',
  fieldsV1: { 'f:spec': { 'f:x': {} } },
};
const OWN_UPDATE: ManagedFieldsEntry = { ...OWN_APPLY, operation: 'Update' };
const OTHER: ManagedFieldsEntry = {
  manager: 'kubectl-edit',
  operation: 'Update',
  fieldsV1: { 'f:spec': { 'f:y': {} } },
};

describe('toLiveObject', () => {
  it('keeps the metadata, the spec and the status, and no managed fields', () => {
    const received = { metadata: { ...METADATA, managedFields: [] }, spec: { x: 1 }, status: { ready: 1 } };
    expect(toLiveObject(received, FIELD_MANAGER)).toStrictEqual({
      metadata: METADATA,
      spec: { x: 1 },
      status: { ready: 1 },
      otherWriters: [],
    });
  });

  it('keeps every field of the object except those that are equal in all objects of its kind', () => {
    const received = { apiVersion: 'v1', kind: 'Thing', metadata: METADATA, data: { x: 'y' } };
    expect(toLiveObject(received, FIELD_MANAGER)).toStrictEqual({
      metadata: METADATA,
      data: { x: 'y' },
      otherWriters: [],
    });
  });

  it.each<[string, readonly ManagedFieldsEntry[], Partial<LiveObject>]>([
    [
      'the fields that this manager applied',
      [OWN_APPLY],
      { ownedFields: { 'f:spec': { 'f:x': {} } }, otherWriters: [] },
    ],
    ['whether this manager owns fields through other writes', [OWN_UPDATE], { hasOwnUpdates: true, otherWriters: [] }],
    [
      'the other writers, with their fields',
      [OTHER],
      { otherWriters: [{ manager: 'kubectl-edit', fields: { 'f:spec': { 'f:y': {} } } }] },
    ],
    [
      'all of these',
      [OTHER, OWN_UPDATE, OWN_APPLY],
      {
        ownedFields: { 'f:spec': { 'f:x': {} } },
        hasOwnUpdates: true,
        otherWriters: [{ manager: 'kubectl-edit', fields: { 'f:spec': { 'f:y': {} } } }],
      },
    ],
  ])('reduces the managed fields to %s', (_case, managedFields, expected) => {
    expect(toLiveObject({ metadata: { ...METADATA, managedFields } }, FIELD_MANAGER)).toStrictEqual({
      metadata: METADATA,
      ...expected,
    });
  });
});
