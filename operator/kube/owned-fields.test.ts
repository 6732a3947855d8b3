import { describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from './client.ts';
import { hasOwnUpdates, otherManagersOf, ownedFieldsOf, withoutOwnUpdates } from './owned-fields.ts';

const ours = { manager: FIELD_MANAGER, operation: 'Apply' };

describe('ownedFieldsOf', () => {
  it("gives the fields of this operator's apply, among all other entries", () => {
    const managedFields = [
      { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:a': {} } },
      { ...ours, subresource: 'status', fieldsV1: { 'f:b': {} } },
      { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: { 'f:c': {} } },
      { ...ours, fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    expect(ownedFieldsOf({ managedFields })).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it.each([
    ['there are no managed fields', {}],
    ['nobody manages any', { managedFields: [] }],
    ['only others applied it', { managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsV1: {} }] }],
    ['we only updated it', { managedFields: [{ manager: FIELD_MANAGER, operation: 'Update', fieldsV1: {} }] }],
    ['we only applied its status', { managedFields: [{ ...ours, subresource: 'status', fieldsV1: {} }] }],
  ])('gives nothing when %s', (_case, metadata) => {
    expect(ownedFieldsOf(metadata)).toBeUndefined();
  });

  it('gives an empty set for an apply that owns nothing', () => {
    expect(ownedFieldsOf({ managedFields: [ours] })).toEqual({});
  });

  it('leaves out owner references, so that objects of different owners share one set', () => {
    const [one, two] = ['one', 'two'].map((uid) => {
      const metadata = { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { [`k:{"uid":"${uid}"}`]: {} } };
      return ownedFieldsOf({ managedFields: [{ ...ours, fieldsV1: { 'f:metadata': metadata } }] });
    });
    expect(one).toEqual({ 'f:metadata': { 'f:labels': { 'f:app': {} } } });
    expect(two).toBe(one);
  });

  it('keeps sets that differ apart, even past the number that it remembers', () => {
    for (let index = 0; index < 2500; index += 1) {
      const fieldsV1 = { [`f:field-${index}`]: {} };
      expect(ownedFieldsOf({ managedFields: [{ ...ours, fieldsV1 }] })).toEqual(fieldsV1);
    }
  });
});

describe('writes of ours that were no applies', () => {
  const update = { manager: FIELD_MANAGER, operation: 'Update' };
  const others = [ours, { ...update, subresource: 'status' }, { manager: 'kubectl-edit', operation: 'Update' }];

  it('are told from applies, from those of a subresource and from those of others', () => {
    expect(hasOwnUpdates({ managedFields: [...others, update] })).toBe(true);
    expect(hasOwnUpdates({ managedFields: others })).toBe(false);
    expect(hasOwnUpdates({})).toBe(false);
  });

  it('can be struck out', () => {
    expect(withoutOwnUpdates([update, ...others])).toEqual(others);
  });
});

describe('otherManagersOf', () => {
  it('names who else wrote to the object itself, in the order of the entries', () => {
    const managedFields = [
      ours,
      { manager: 'helm', operation: 'Apply' },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale' },
      { manager: FIELD_MANAGER, operation: 'Update' },
      { manager: 'kubectl-edit', operation: 'Update' },
    ];
    expect(otherManagersOf({ managedFields })).toEqual(['helm', 'kubectl-edit']);
  });

  it('names nobody where nothing is managed', () => {
    expect(otherManagersOf({})).toEqual([]);
  });
});
