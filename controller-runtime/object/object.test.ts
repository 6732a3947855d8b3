import { describe, expect, it } from '@jest/globals';
import { buildOwnedMetadata, controllerOf, isControlledBy, keyOf, objectKey, splitObjectKey } from './object.ts';

describe('an object key', () => {
  it.each([
    ['blue', 'web', 'blue/web'],
    [undefined, 'node-1', '/node-1'],
  ])('with namespace %s and name %s is %s, and splits back into both', (namespace, name, key) => {
    expect(objectKey(namespace, name)).toBe(key);
    expect(keyOf({ metadata: { namespace, name, uid: 'u', resourceVersion: '1' } })).toBe(key);
    expect(splitObjectKey(key)).toEqual({ namespace: namespace ?? '', name });
  });
});

describe('controllerOf', () => {
  const OWNER = { apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'u1' };
  const CONTROLLER = { ...OWNER, uid: 'u2', controller: true };

  it.each([
    ['returns undefined for an object without owners', undefined, undefined],
    ['returns undefined for an empty list of owners', [], undefined],
    ['ignores owners that are not the controller', [OWNER, { ...OWNER, controller: false }], undefined],
    ['returns the controller of several owners', [OWNER, CONTROLLER], CONTROLLER],
  ])('%s', (_case, ownerReferences, controller) => {
    const metadata = ownerReferences === undefined ? {} : { ownerReferences };
    expect(controllerOf({ metadata })).toEqual(controller);
  });
});

describe('buildOwnedMetadata', () => {
  it('sets the name of the owner, and makes it the controller', () => {
    const owner = {
      apiVersion: 'example.com/v1',
      kind: 'Site',
      metadata: { name: 'web', namespace: 'blue', uid: 'u1' },
    };
    const metadata = buildOwnedMetadata(owner, { a: 'b' });
    expect(metadata).toEqual({
      name: 'web',
      namespace: 'blue',
      labels: { a: 'b' },
      ownerReferences: [
        {
          apiVersion: 'example.com/v1',
          kind: 'Site',
          name: 'web',
          uid: 'u1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(isControlledBy({ metadata }, owner)).toBe(true);
    expect(isControlledBy({ metadata }, { metadata: { uid: 'u2' } })).toBe(false);
  });
});
