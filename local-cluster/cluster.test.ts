import { describe, expect, it } from '@jest/globals';
import { decideNodeCount } from './cluster.ts';

describe('the number of nodes of a cluster', () => {
  it.each([
    ['is 1 for a new cluster', undefined, 0, 1],
    ['is as asked for in a new cluster', 2, 0, 2],
    ['stays as it is by default', undefined, 2, 2],
    ['can grow', 3, 1, 3],
  ])('%s', (_, wanted, existing, expected) => {
    expect(decideNodeCount(wanted, existing)).toBe(expected);
  });

  it('cannot shrink', () => {
    expect(() => decideNodeCount(1, 2)).toThrow('The cluster has 2 nodes, and keeps them.');
  });
});
