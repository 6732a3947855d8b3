import { describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import { hasOwnUpdates, otherWritersOf, ownedFieldsOf, ownsField, withOwnUpdatesApplied } from './owned-fields.ts';

const apply = { manager: FIELD_MANAGER, operation: 'Apply' };

describe('ownedFieldsOf', () => {
  it("returns the fields of this operator's apply, among other entries", () => {
    const managedFields = [
      { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:a': {} } },
      { ...apply, subresource: 'status', fieldsV1: { 'f:b': {} } },
      { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: { 'f:c': {} } },
      { ...apply, fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    expect(ownedFieldsOf({ managedFields }, FIELD_MANAGER)).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it.each([
    ['there are no managed fields', {}],
    ['the list of managed fields is empty', { managedFields: [] }],
    [
      'only another manager has applied it',
      { managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsV1: {} }] },
    ],
    [
      'this operator has only updated it',
      { managedFields: [{ manager: FIELD_MANAGER, operation: 'Update', fieldsV1: {} }] },
    ],
    [
      'this operator has only applied its status',
      { managedFields: [{ ...apply, subresource: 'status', fieldsV1: {} }] },
    ],
  ])('returns undefined if %s', (_case, metadata) => {
    expect(ownedFieldsOf(metadata, FIELD_MANAGER)).toBeUndefined();
  });

  it('returns an empty set for an apply that owns nothing', () => {
    expect(ownedFieldsOf({ managedFields: [apply] }, FIELD_MANAGER)).toEqual({});
  });

  it('omits the UIDs of owners, so that objects of different owners share one set', () => {
    const [one, two] = ['one', 'two'].map((uid) => {
      const metadata = { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { [`k:{"uid":"${uid}"}`]: {} } };
      return ownedFieldsOf({ managedFields: [{ ...apply, fieldsV1: { 'f:metadata': metadata } }] }, FIELD_MANAGER);
    });
    expect(one).toEqual({ 'f:metadata': { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { '.': {} } } });
    expect(two).toBe(one);
  });

  it('distinguishes different sets, even more than it stores', () => {
    for (let index = 0; index < 2500; index += 1) {
      const fieldsV1 = { [`f:field-${index}`]: {} };
      expect(ownedFieldsOf({ managedFields: [{ ...apply, fieldsV1 }] }, FIELD_MANAGER)).toEqual(fieldsV1);
    }
  });
});

describe('own writes other than applies', () => {
  const update = { manager: FIELD_MANAGER, operation: 'Update' };
  const others = [apply, { ...update, subresource: 'status' }, { manager: 'kubectl-edit', operation: 'Update' }];

  it('are distinct from applies, from writes of a subresource and from those of other managers', () => {
    expect(hasOwnUpdates({ managedFields: [...others, update] }, FIELD_MANAGER)).toBe(true);
    expect(hasOwnUpdates({ managedFields: others }, FIELD_MANAGER)).toBe(false);
    expect(hasOwnUpdates({}, FIELD_MANAGER)).toBe(false);
  });

  it('do not count where they own only fields inside of a path', () => {
    const ports = { ...update, fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":80}': {} } } } };
    const more = { ...update, fieldsV1: { 'f:spec': { 'f:ports': {}, 'f:type': {} } } };
    const path = ['f:spec', 'f:ports'];
    expect(hasOwnUpdates({ managedFields: [ports] }, FIELD_MANAGER, path)).toBe(false);
    expect(hasOwnUpdates({ managedFields: [more] }, FIELD_MANAGER, path)).toBe(true);
    expect(hasOwnUpdates({ managedFields: [ports, more] }, FIELD_MANAGER, path)).toBe(true);
  });

  it('become fields of the applies', () => {
    const other = { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:c': {} } } };
    const applied = { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:a': {} } } };
    const updated = { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: { 'f:spec': { 'f:b': {} } } };
    const fieldsV1 = { 'f:spec': { 'f:a': {}, 'f:b': {} } };
    expect(withOwnUpdatesApplied([updated, applied, other], FIELD_MANAGER)).toEqual([other, { ...applied, fieldsV1 }]);
    expect(withOwnUpdatesApplied([updated, other], FIELD_MANAGER)).toEqual([other, { ...updated, operation: 'Apply' }]);
    expect(withOwnUpdatesApplied([applied, other], FIELD_MANAGER)).toEqual([other, applied]);
    expect(withOwnUpdatesApplied([other], FIELD_MANAGER)).toEqual([other]);
  });
});

describe('otherWritersOf', () => {
  it('returns the other writers of the object itself with their fields, latest last', () => {
    const managedFields = [
      apply,
      { manager: 'helm', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:type': {} } } },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': {} } },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': {} } },
      { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: { 'f:spec': {} } },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:selector': {} } } },
    ];
    expect(otherWritersOf({ managedFields }, FIELD_MANAGER)).toEqual([
      { manager: 'helm', fields: { 'f:spec': { 'f:type': {} } } },
      { manager: 'kubectl-edit', fields: { 'f:spec': { 'f:selector': {} } } },
    ]);
  });

  it('omits the UIDs of owners, so that objects of different owners share one set', () => {
    const [one, two] = ['u1', 'u2'].map((uid) => {
      const metadata = { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { [`k:{"uid":"${uid}"}`]: {} } };
      const fieldsV1 = { 'f:metadata': metadata };
      return otherWritersOf({ managedFields: [{ manager: 'velero', operation: 'Update', fieldsV1 }] }, FIELD_MANAGER)[0]
        ?.fields;
    });
    expect(one).toEqual({ 'f:metadata': { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { '.': {} } } });
    expect(two).toBe(one);
  });

  it.each([
    ['an entry without a manager and without fields', { managedFields: [{}] }, [{ manager: '', fields: {} }]],
    ['an empty list', { managedFields: [] }, []],
    ['no managed fields', {}, []],
  ])('accepts %s', (_case, metadata, writers) => {
    expect(otherWritersOf(metadata, FIELD_MANAGER)).toEqual(writers);
  });
});

describe('ownsField', () => {
  const PORT = 'k:{"port":80,"protocol":"TCP"}';
  const FIELDS = {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': { 'f:type': {}, 'f:selector': {}, 'f:ports': { [PORT]: { '.': {}, 'f:name': {} } } },
  };

  it.each<[string, readonly string[]]>([
    ['a field of the set', ['f:spec', 'f:type']],
    ['a label of the set', ['f:metadata', 'f:labels', 'f:app']],
    ['a map with a field in the set', ['f:metadata', 'f:labels']],
    ['an item of a keyed list', ['f:spec', 'f:ports', PORT]],
    ['a field of an item', ['f:spec', 'f:ports', PORT, 'f:name']],
    ['a field inside an atomic value', ['f:spec', 'f:selector', 'f:app']],
    ['a field deep inside an atomic value', ['f:spec', 'f:selector', 'f:a', 'f:b']],
  ])('is true for %s', (_case, steps) => {
    expect(ownsField(FIELDS, steps)).toBe(true);
  });

  it.each<[string, readonly string[]]>([
    ['a field that is not in the set', ['f:spec', 'f:clusterIP']],
    ['another part of the object', ['f:status', 'f:replicas']],
    ['another label', ['f:metadata', 'f:labels', 'f:tier']],
    ['another item of a keyed list', ['f:spec', 'f:ports', 'k:{"port":81,"protocol":"TCP"}']],
    ['another field of an item', ['f:spec', 'f:ports', PORT, 'f:targetPort']],
  ])('is false for %s', (_case, steps) => {
    expect(ownsField(FIELDS, steps)).toBe(false);
  });

  it('is false for a label if the manager owns only owner references, which the set omits', () => {
    const fieldsV1 = { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"u1"}': {} } } };
    const [writer] = otherWritersOf(
      { managedFields: [{ manager: 'velero', operation: 'Update', fieldsV1 }] },
      FIELD_MANAGER,
    );
    expect(ownsField(writer?.fields, ['f:metadata', 'f:labels', 'f:app'])).toBe(false);
  });

  it.each([
    ['of an empty set', {}],
    ['without a set', undefined],
  ])('is false for every field %s', (_case, fields) => {
    expect(ownsField(fields, ['f:spec', 'f:type'])).toBe(false);
  });
});
