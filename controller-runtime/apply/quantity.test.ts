import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, constantFrom, integer, pre, property } from 'fast-check';
import { isSameQuantity } from './quantity.ts';

const SUFFIXES = [
  ['n', 1n],
  ['u', 10n ** 3n],
  ['m', 10n ** 6n],
  ['', 10n ** 9n],
  ['k', 10n ** 12n],
  ['M', 10n ** 15n],
  ['G', 10n ** 18n],
  ['T', 10n ** 21n],
  ['P', 10n ** 24n],
  ['E', 10n ** 27n],
  ['Ki', 10n ** 9n * 1024n],
  ['Mi', 10n ** 9n * 1024n ** 2n],
  ['Gi', 10n ** 9n * 1024n ** 3n],
  ['Ti', 10n ** 9n * 1024n ** 4n],
  ['Pi', 10n ** 9n * 1024n ** 5n],
  ['Ei', 10n ** 9n * 1024n ** 6n],
] as const;

describe('isSameQuantity', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['+1', '1'],
    ['1Gi', '1024Mi'],
    ['1e3', '1k'],
    ['1E3', '1k'],
    ['1e-3', '1m'],
    ['1.5e+3', '1500'],
    ['1E', '1000P'],
    ['0.5Ki', '512'],
    ['-1', '-1000m'],
    ['-0', '0'],
    ['0', '0Gi'],
    [1, '1'],
    [0.5, '500m'],
    // Rounded up to a billionth, as by the server.
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
  ])('treats %j and %j as equal', (a, b) => {
    expect(isSameQuantity(a, b)).toBe(true);
    expect(isSameQuantity(b, a)).toBe(true);
  });

  it.each([
    ['1', '1m'],
    ['1M', '1Mi'],
    ['1G', '1Gi'],
    ['1', '-1'],
    ['1n', '2n'],
    ['9007199254740993', '9007199254740992'],
  ])('distinguishes %j from %j', (a, b) => {
    expect(isSameQuantity(a, b)).toBe(false);
  });

  it.each([
    '',
    '.',
    'm',
    '1mm',
    '1 m',
    ' 1',
    '1ki',
    '1K',
    '1e',
    '1e1000',
    '0x10',
    '1e3k',
    '--1',
    'NaN',
    undefined,
    null,
    {},
    true,
  ])('treats %j as no quantity, not even as equal to itself', (value) => {
    expect(isSameQuantity(value, value)).toBe(false);
  });

  it('treats two quantities as equal exactly if they are the same number of billionths, with any suffix', () => {
    const suffix = constantFrom(...SUFFIXES);
    assert(
      property(bigInt(-(10n ** 12n), 10n ** 12n), suffix, bigInt(-(10n ** 12n), 10n ** 12n), suffix, (n, a, m, b) => {
        expect(isSameQuantity(`${n}${a[0]}`, `${m}${b[0]}`)).toBe(n * a[1] === m * b[1]);
      }),
    );
  });

  it('treats each notation of a number as equal', () => {
    const suffix = constantFrom(...SUFFIXES);
    assert(
      property(bigInt(0n, 10n ** 15n), suffix, integer({ min: 0, max: 12 }), (count, [name, nanos], zeros) => {
        const text = `${count}.${'0'.repeat(zeros)}${name}`;
        expect(isSameQuantity(text, `${count * nanos}n`)).toBe(true);
        expect(isSameQuantity(text, `${count * nanos + 1n}n`)).toBe(false);
      }),
    );
  });

  it('treats a decimal exponent like the suffix of the same size', () => {
    assert(
      property(bigInt(1n, 10n ** 9n), integer({ min: -9, max: 18 }), integer({ min: -9, max: 18 }), (count, a, b) => {
        pre(a !== b);
        expect(isSameQuantity(`${count}e${a}`, `${count * 10n ** BigInt(a + 9)}n`)).toBe(true);
        expect(isSameQuantity(`${count}e${a}`, `${count}E${b}`)).toBe(false);
      }),
    );
  });
});
