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
  ])('%s satisfies %s: %s', (version, needed, expected) => {
    expect(isAtLeast(version, needed)).toBe(expected);
  });
});

describe('GoUnavailableError', () => {
  it('says what is installed, what is needed, and how to install it', () => {
    expect(new GoUnavailableError('Go 1.19 is installed.', '1.26.4').message).toMatch(
      /^Go 1\.19 is installed\. Go 1\.26\.4 or newer is needed .*go\.dev\/dl/u,
    );
  });
});
