import { describe, expect, it } from '@jest/globals';
import { controllerOf, keyOf, objectKey, splitObjectKey } from './object.ts';

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
