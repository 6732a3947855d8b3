import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { buildChildMetadata, controllerOf } from './child.ts';

const OWNER = { apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'u' };

describe('buildChildMetadata', () => {
  it('names the child as its resource, which controls it: what is deleted takes the child along', () => {
    expect(buildChildMetadata(exampleConverter(), { a: 'b' })).toEqual({
      name: 'web',
      namespace: 'blue',
      labels: { a: 'b' },
      ownerReferences: [
        {
          apiVersion: 'temperature-converter.io/v1',
          kind: 'TemperatureConverter',
          name: 'web',
          uid: 'u1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });
});

describe('controllerOf', () => {
  it.each([
    ['nobody, without owners', {}, undefined],
    ['nobody, with an empty list', { ownerReferences: [] }, undefined],
    [
      'nobody, with owners that do not control',
      { ownerReferences: [OWNER, { ...OWNER, controller: false }] },
      undefined,
    ],
    [
      'the one owner that does',
      { ownerReferences: [OWNER, { ...OWNER, uid: 'u2', controller: true }] },
      { ...OWNER, uid: 'u2', controller: true },
    ],
  ])('is %s', (_case, metadata, controller) => {
    expect(controllerOf({ metadata })).toEqual(controller);
  });
});
