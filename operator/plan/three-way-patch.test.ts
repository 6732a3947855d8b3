import { describe, expect, it } from '@jest/globals';
import { computeThreeWayPatch } from './three-way-patch.ts';

describe('computeThreeWayPatch', () => {
  it.each([
    ['changes what differs', {}, { spec: { port: 81 } }, { spec: { port: 80 } }, { spec: { port: 81 } }],
    ['adds what is missing', {}, { spec: { image: 'a' } }, { spec: {} }, { spec: { image: 'a' } }],
    ['is empty if nothing differs', {}, { spec: { port: 80 } }, { spec: { port: 80, type: 'ClusterIP' } }, {}],
    [
      'removes what the last manifest had, and this one does not',
      { spec: { image: 'a', port: 80 } },
      { spec: { port: 80 } },
      { spec: { image: 'a', port: 80 } },
      { spec: { image: null } },
    ],
    ['keeps what others have set', {}, { spec: { port: 80 } }, { spec: { port: 80, image: 'by hand' } }, {}],
    ['replaces lists', {}, { spec: { list: [1] } }, { spec: { list: [1, 2] } }, { spec: { list: [1] } }],
  ])('%s', (...[, lastApplied, manifest, live, patch]) => {
    expect(computeThreeWayPatch(lastApplied, manifest, live)).toEqual(patch);
  });
});
