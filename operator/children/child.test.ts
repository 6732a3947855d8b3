import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { buildChildMetadata } from './child.ts';

describe('buildChildMetadata', () => {
  it('has the name of the resource, and a controller reference to it', () => {
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
