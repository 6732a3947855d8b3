import { describe, expect, it } from '@jest/globals';
import { GoUnavailableError, isAtLeast } from './go.ts';

describe('isAtLeast', () => {
  it.each([
    ['1.26.4', '1.26.4', true],
    ['1.26.10', '1.26.4', true],
    ['1.27', '1.26.4', true],
    ['2.0.0', '1.26.4', true],
    ['1.26', '1.26.4', false],
    ['1.26.3', '1.26.4', false],
    ['1.9.9', '1.26.4', false],
    ['1.27rc1', '1.26.4', true],
  ])('%s for %s: %s', (version, needed, expected) => {
    expect(isAtLeast(version, needed)).toBe(expected);
  });
});

describe('GoUnavailableError', () => {
  it('says what there is, what is needed, and how to get it', () => {
    expect(new GoUnavailableError('The Go here is 1.19.', '1.26.4').message).toMatch(
      /^The Go here is 1\.19\. Go 1\.26\.4 or newer is needed .*go\.dev\/dl/u,
    );
  });
});
