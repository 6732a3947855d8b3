/** The number of billionths in one unit of each suffix. */
const NANOS: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

/** Sign, digits, fraction, and either an exponent of at most three digits (past any real size) or a suffix. */
const QUANTITY = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * Returns whether two quantities (`500m`, `0.5`, `1Gi`, `1e3`) are equal for the API server, which stores a canonical
 * form and rounds up to a billionth. A value that is not a quantity equals no other value.
 */
export function isSameQuantity(a: unknown, b: unknown): boolean {
  const first = nanosOf(a);
  return first !== undefined && first === nanosOf(b);
}

/** Returns a quantity in billionths, rounded away from zero, or undefined if the value is not a quantity. */
function nanosOf(value: unknown): bigint | undefined {
  const match = typeof value === 'string' || typeof value === 'number' ? QUANTITY.exec(String(value)) : null;
  return match === null ? undefined : nanosOfParts(match);
}

function nanosOfParts(match: RegExpExecArray): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0', suffix = ''] = match;
  const power = BigInt(exponent) - BigInt(fraction.length);
  const units = BigInt(whole + fraction) * (NANOS[suffix] ?? 0n);
  const magnitude = power >= 0n ? units * 10n ** power : divideUp(units, 10n ** -power);
  return sign === '-' ? -magnitude : magnitude;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
