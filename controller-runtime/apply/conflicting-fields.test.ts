import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../client/errors.ts';
import type { ObjectToApply } from '../object/object.ts';
import { computeFieldsOutsideLists, computeRemoval, computeReplacement, mergePatches } from './conflicting-fields.ts';
import type { LiveObject } from './live-object.ts';

const DESIRED: ObjectToApply = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', annotations: { own: 'x' } },
  spec: { type: 'ClusterIP', ports: [{ port: 80 }], inner: { own: 1 } },
};
const LIVE: LiveObject = {
  metadata: {
    name: 'web',
    uid: 'u1',
    resourceVersion: '1',
    labels: { team: 'x' },
    annotations: { own: 'x', 'example.com/a.b': 'x' },
  },
  spec: { type: 'LoadBalancer', ports: [{ port: 80, extra: 1 }], ranges: ['a'], inner: { own: 1, other: { deep: 1 } } },
  status: { ready: true },
};

function errorAbout(...fields: string[]): ApiError {
  return new ApiError('PATCH /', 422, { details: { causes: fields.map((field) => ({ field })) } });
}

describe('computeRemoval', () => {
  it.each<[string, string, object]>([
    ['a field', 'spec.ranges', { spec: { ranges: null } }],
    ['an item of a list', 'spec.ranges[0]', { spec: { ranges: null } }],
    ['a field with a capital letter', 'spec.Ranges', { spec: { ranges: null } }],
    ['a field of a struct that has desired fields too', 'spec.inner.other', { spec: { inner: { other: null } } }],
    ['a field inside of one', 'spec.inner.other.deep', { spec: { inner: { other: null } } }],
    [
      'an annotation',
      'metadata.annotations[example.com/a.b]',
      { metadata: { annotations: { 'example.com/a.b': null } } },
    ],
    ['a label, of which none is desired', 'metadata.labels[team]', { metadata: { labels: { team: null } } }],
  ])('removes %s of others', (_case, field, patch) => {
    expect(computeRemoval(errorAbout(field), { desired: DESIRED, live: LIVE })).toEqual(patch);
  });

  it('removes all that are named', () => {
    expect(
      computeRemoval(errorAbout('spec.ranges', 'spec.type', 'spec.inner.other'), { desired: DESIRED, live: LIVE }),
    ).toEqual({ spec: { ranges: null, inner: { other: null } } });
  });

  it.each([
    ['a desired field', 'spec.type'],
    ['a desired annotation', 'metadata.annotations[own]'],
    ['a field that does not exist', 'spec.missing'],
    ['a field in a desired list', 'spec.ports[0].extra'],
    ['all annotations', 'metadata.annotations'],
    ['an identity', 'metadata.uid'],
    ['all of the spec', 'spec'],
    ['the status', 'status.ready'],
    ['nothing', ''],
  ])('removes nothing where the error names %s', (_case, field) => {
    expect(computeRemoval(errorAbout(field), { desired: DESIRED, live: LIVE })).toBeUndefined();
  });

  it('removes nothing where the error has no causes', () => {
    expect(computeRemoval(new ApiError('PATCH /', 422, {}), { desired: DESIRED, live: LIVE })).toBeUndefined();
  });
});

describe('computeFieldsOutsideLists', () => {
  it('has the desired fields without metadata and lists', () => {
    expect(computeFieldsOutsideLists(DESIRED)).toEqual({ spec: { type: 'ClusterIP', inner: { own: 1 } } });
  });
});

describe('computeReplacement', () => {
  it('has the desired lists, and removes every field of others', () => {
    expect(computeReplacement({ desired: DESIRED, live: LIVE })).toEqual({
      spec: { type: 'ClusterIP', ports: [{ port: 80 }], inner: { own: 1, other: null }, ranges: null },
    });
  });

  it('keeps the fields that belong to others', () => {
    expect(computeReplacement({ desired: DESIRED, live: LIVE }, ['spec.ranges', 'spec.inner.other'])).toEqual({
      spec: DESIRED.spec,
    });
  });
});

describe('mergePatches', () => {
  it('merges maps, and takes the values of the second patch', () => {
    expect(mergePatches({ a: { b: 1, c: 2 }, d: [1] }, { a: { c: null }, d: [2] })).toEqual({
      a: { b: 1, c: null },
      d: [2],
    });
  });
});
