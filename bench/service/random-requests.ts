const PATH = '/api/convert-fahrenheit-to-celsius';
const CONVERT = `${PATH}?fahrenheit=`;
/** Parts of valid and malformed request targets. */
const PARTS_OF_PATH =
  '/ // api /api API /healthcheck %2f %61pi /./ .. . %00 %20 %3f %23 %5c %C3%A9 %zz % ; : @ ~ - * http://h'.split(' ');
const PARTS_OF_QUERY =
  'fahrenheit fahrenheit= Fahrenheit= f%61hrenheit= a= = & && ; # ? % %2 %26 %3D %00 %zz %C3%A9 %ff %2B + 1 98.6 -40 [] / : |'.split(
    ' ',
  );
const SIGNS = ['', '-', '+'];
const INSERTIONS = [
  '\t',
  ' ',
  '_',
  '+',
  '-',
  '.',
  'e',
  'E',
  'x',
  '0',
  ',',
  '\0',
  '%',
  'nan',
  'inf',
  '٣',
  '\x1c',
  '\u0085',
  '\u00a0',
  '\u3000',
];

/** Deterministic random numbers from 0 (inclusive) to 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Yields `count` request targets: numbers that are hard to parse exactly, a third of them mangled. Every fifth target has
 * random parts in its path and query.
 */
export function* generateTargets(count: number, random: () => number): Generator<string> {
  const index = (length: number): number => Math.floor(random() * length);
  const pick = (items: readonly string[]): string => items[index(items.length)] ?? '';
  const digits = (maxCount: number): string => Array.from({ length: 1 + index(maxCount) }, () => index(10)).join('');
  const makers: (() => string)[] = [
    () => String(randomDouble(random)),
    () => randomDouble(random).toPrecision(1 + index(100)),
    () => formatMidpoint(randomDouble(random)),
    () => pick(SIGNS) + digits(25) + pick(['', '.', `.${digits(25)}`]) + pick(['', `e${digits(3)}`, `E-${digits(3)}`]),
    () => `${digits(800)}.${digits(800)}e-${digits(3)}`,
    () => String(index(10_000) / 10 - 459),
  ];
  const parts = (of: readonly string[]): string => Array.from({ length: index(6) }, () => pick(of)).join('');
  for (let made = 0; made < count; made++) {
    if (random() < 1 / 5) {
      yield `${pick([PATH, PATH, `/${parts(PARTS_OF_PATH)}`])}?${parts(PARTS_OF_QUERY)}`;
      continue;
    }
    const text = makers[index(makers.length)]?.() ?? '';
    const at = index(text.length + 1);
    const mangled = text.slice(0, at) + pick(INSERTIONS) + text.slice(at);
    yield CONVERT + encodeURIComponent(random() < 1 / 3 ? mangled : text);
  }
}

/** A random finite double; every bit pattern is equally likely. */
function randomDouble(random: () => number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random() * 2 ** 32);
  view.setUint32(4, random() * 2 ** 32);
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : randomDouble(random);
}

/** The exact decimal notation of the midpoint between a double and its neighbor, the hardest number to round. */
function formatMidpoint(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const biasedExponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const significand = biasedExponent === 0 ? fraction : fraction | (1n << 52n);
  const midpoint = significand * 2n + 1n;
  const exponent = Math.max(biasedExponent, 1) - 1076;
  return exponent >= 0 ? String(midpoint << BigInt(exponent)) : `${midpoint * 5n ** BigInt(-exponent)}e${exponent}`;
}
