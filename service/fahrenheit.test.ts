import { describe, expect, it } from '@jest/globals';
import { assert, constant, constantFrom, double, oneof, property, stringMatching, tuple } from 'fast-check';
import { convertToCelsius, strip } from './fahrenheit.ts';

const decimal = tuple(
  constantFrom('', '-', '+'),
  oneof(stringMatching(/^\d{1,30}$/), stringMatching(/^\d{1,30}\.\d{0,30}$/), stringMatching(/^\.\d{1,30}$/)),
  oneof(constant(''), stringMatching(/^[eE][+-]?\d{1,3}$/)),
).map((parts) => parts.join(''));

describe('convertToCelsius', () => {
  it.each([
    ['32', 0],
    ['212', 100],
    ['-40', -40],
    ['98.6', 37],
    ['-459.67', -273.15],
    ['1', -17.22222222222222],
    ['+.5', -17.5],
    ['5.', -15],
    ['1E+02', 37.77777777777778],
    ['1e-400', -17.77777777777778],
    ['-0', -17.77777777777778],
    ['007', -13.88888888888889],
    ['3.5e307', 1.9444444444444445e307],
  ])('reads %s', (text, celsius) => {
    expect(convertToCelsius(text)).toBe(celsius);
  });

  it.each([
    ...'|.|+|-|e5|1e|1e+|1.2.3|--1|+-1|1 2|1,5|1;|5f|1e5.0|1n|½|1\0|1\n| 1'.split('|'),
    ...'0x10|0b1|0o7|1_000|nan|NaN|inf|-Infinity|٣|１|𝟙|−5'.split('|'),
    ...'1e309|-1e999|3.6e307|-1.7976931348623157e308'.split('|'),
  ])('rejects %j', (text) => {
    expect(convertToCelsius(text)).toBeUndefined();
  });

  it('computes in the order that gives exactly the double of the reference', () => {
    assert(
      property(double({ noNaN: true, noDefaultInfinity: true }), (fahrenheit) => {
        const celsius = ((fahrenheit - 32) * 5) / 9;
        const converted = convertToCelsius(String(fahrenheit));
        expect(converted).toBe(Number.isFinite(celsius) ? celsius : undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  it('returns a double that survives JSON unchanged, never -0', () => {
    assert(
      property(decimal, (text) => {
        const celsius = convertToCelsius(text);
        expect(Object.is(celsius, -0)).toBe(false);
        if (celsius !== undefined) expect(Object.is(JSON.parse(String(celsius)), celsius)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('accepts every decimal number whose result is finite', () => {
    assert(
      property(decimal, (text) => {
        expect(convertToCelsius(text) !== undefined).toBe(Number.isFinite((Number(text) - 32) * 5));
      }),
      { numRuns: 5_000 },
    );
  });

  it('rejects long text in linear time', () => {
    const begunMs = performance.now();
    for (const text of ['1'.repeat(60_000), `${'1'.repeat(60_000)}.`, `1e${'1'.repeat(60_000)}`]) {
      expect(convertToCelsius(`${text}x`)).toBeUndefined();
    }
    // A quadratic algorithm takes seconds.
    expect(performance.now() - begunMs).toBeLessThan(500);
  });
});

describe('strip', () => {
  /** Every code unit that Python 3.11 calls white space: `[hex(c) for c in range(65536) if chr(c).isspace()]`. */
  const PYTHON_WHITE_SPACE =
    '9 a b c d 1c 1d 1e 1f 20 85 a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 2028 2029 202f 205f 3000';

  it('removes exactly what Python strips', () => {
    const stripped = Array.from({ length: 0x1_0000 }, (_, code) => code).filter(
      (code) => strip(String.fromCharCode(code, code, 0x31, code)) === '1',
    );
    expect(stripped.map((code) => code.toString(16)).join(' ')).toBe(PYTHON_WHITE_SPACE);
  });

  it('keeps white space inside the text', () => {
    expect(strip(' \u30001 \t2\x1c')).toBe('1 \t2');
    expect(strip(' \u0085 ')).toBe('');
  });

  it('takes linear time', () => {
    const begunMs = performance.now();
    expect(strip(`1${' '.repeat(60_000)}1`)).toHaveLength(60_002);
    expect(performance.now() - begunMs).toBeLessThan(500);
  });
});
