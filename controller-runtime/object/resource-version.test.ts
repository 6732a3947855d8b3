import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, property } from 'fast-check';
import { compareResourceVersions } from './resource-version.ts';

describe('compareResourceVersions', () => {
  it.each([
    ['1', '1', 0],
    ['1', '2', -1],
    ['9', '10', -1],
    ['100', '99', 1],
    // Larger than a double or a 64-bit integer can represent exactly.
    ['9007199254740993', '9007199254740992', 1],
    ['18446744073709551616', '18446744073709551615', 1],
  ])('compares %s with %s: the sign is %d', (a, b, sign) => {
    expect(Math.sign(compareResourceVersions(a, b))).toBe(sign);
  });

  it('orders resource versions as numbers', () => {
    const version = bigInt({ min: 0n, max: 10n ** 30n });
    assert(
      property(version, version, (a, b) => {
        const isSmaller = compareResourceVersions(String(a), String(b)) < 0;
        const isGreater = compareResourceVersions(String(a), String(b)) > 0;
        expect([isSmaller, isGreater]).toEqual([a < b, a > b]);
      }),
    );
  });
});
