import { describe, expect, it } from '@jest/globals';
import { anything, assert, dictionary, property, string } from 'fast-check';
import { applyMergePatch, computeMergePatch } from './merge-patch.ts';

describe('applyMergePatch', () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (value, patch, result) => {
    expect(applyMergePatch(value, patch)).toEqual(result);
  });
});

describe('computeMergePatch', () => {
  it('makes one map the other', () => {
    const value = anything({ withNullPrototype: false, maxDepth: 3 }).map((any) =>
      JSON.parse(JSON.stringify(any ?? 0), (_name, field) => field ?? 0),
    );
    const map = dictionary(string({ maxLength: 2 }), value, { maxKeys: 4 });
    assert(
      property(map, map, (before, after) => {
        expect(applyMergePatch(before, computeMergePatch(before, after))).toEqual(after);
      }),
    );
  });
});
