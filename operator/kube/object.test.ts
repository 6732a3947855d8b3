import { describe, expect, it } from '@jest/globals';
import { keyOf, objectKey, splitObjectKey } from './object.ts';

describe('an object key', () => {
  it.each([
    ['blue', 'web', 'blue/web'],
    [undefined, 'node-1', '/node-1'],
  ])('of namespace %s and name %s is %s, and splits into them', (namespace, name, key) => {
    expect(objectKey(namespace, name)).toBe(key);
    expect(keyOf({ metadata: { namespace, name, uid: 'u', resourceVersion: '1' } })).toBe(key);
    expect(splitObjectKey(key)).toEqual({ namespace: namespace ?? '', name });
  });
});
