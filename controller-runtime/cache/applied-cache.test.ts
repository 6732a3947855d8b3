import { describe, expect, it } from '@jest/globals';
import { AppliedCache } from './applied-cache.ts';

const MANAGER = 'site-operator';
const SITE = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '1' } };
const SERVICE = {
  apiVersion: 'v1',
  metadata: {
    ...SITE.metadata,
    uid: 's1',
    managedFields: [{ manager: MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': {} } }],
    ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true }],
  },
  spec: { type: 'ClusterIP' },
};
const createCache = (): AppliedCache =>
  new AppliedCache({ kind: 'Service', resource: { group: '', version: 'v1', plural: 'services' } }, MANAGER);

describe('an applied cache', () => {
  it('reduces the managed fields to those of the field manager', () => {
    const { managedFields: _managedFields, ...metadata } = SERVICE.metadata;
    expect(createCache().trim(SERVICE)).toEqual({
      metadata,
      spec: SERVICE.spec,
      ownedFields: { 'f:spec': {} },
      otherWriters: [],
    });
  });

  it('returns the object that an owner controls, not another object with the same name', () => {
    const cache = createCache();
    expect(cache.getOwnedBy(SITE)).toBeUndefined();
    cache.upsert(undefined, cache.trim(SERVICE));
    expect(cache.getOwnedBy(SITE)).toBe(cache.get('blue/web'));
    expect(cache.getOwnedBy({ metadata: { ...SITE.metadata, uid: 'u2' } })).toBeUndefined();
  });
});
