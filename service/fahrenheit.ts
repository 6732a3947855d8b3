/** The characters that Python's `str.strip` removes. Unlike JavaScript's `trim`: U+001C to U+001F and U+0085 are included, U+FEFF is not. */
const WHITE_SPACE =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

// One character decides each alternative, so the time is linear in the length of the text.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Removes leading and trailing white space as the reference's `strip` does, in linear time. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.includes(text.charAt(start))) start++;
  while (end > start && WHITE_SPACE.includes(text.charAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/**
 * The temperature in degrees Celsius of a decimal number in degrees Fahrenheit without white space around it; undefined
 * if it is not one, or if the number or the result is not finite.
 */
export function convertToCelsius(fahrenheit: string): number | undefined {
  if (!DECIMAL.test(fahrenheit)) return undefined;
  // This order gives exactly the double of the reference. It is never -0: x - 32 is +0 or at least 2^-48 in size.
  const celsius = ((Number(fahrenheit) - 32) * 5) / 9;
  return Number.isFinite(celsius) ? celsius : undefined;
}
