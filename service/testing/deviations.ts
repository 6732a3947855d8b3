import type { Meaning, OddRequest } from './reference-answers.ts';

/** A difference from the reference that the contract requires. */
export interface Deviation {
  name: string;
  reason: string;
  applies: (request: OddRequest, reference: Meaning) => boolean;
  /** The service's response. Without a number, any number is expected. */
  expected: Meaning;
}

/** A path, or a scheme and a host of valid characters. */
const FORM_OF_TARGET = /^(?:\/|[a-z]+:\/\/[\w.~:@[\]-]*(?:[/?#]|$))/i;
const INVALID = 'Invalid input. Please provide a valid Fahrenheit temperature.';

/** All differences from the reference. The first one that applies to a request is used. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    name: 'not-finite',
    reason: 'JSON has no infinity and no NaN, so a result that is not finite is invalid input.',
    applies: (_request, { celsius = 0 }) => !Number.isFinite(celsius),
    expected: { status: 400, error: INVALID },
  },
  {
    name: 'number-grammar',
    reason: 'Python accepts underscores and digits of other scripts, which are not decimal numbers.',
    applies: ({ target }, { celsius }) => celsius !== undefined && /_|[^\0-\x7f]/.test(readText(target).trim()),
    expected: { status: 400, error: INVALID },
  },
  {
    name: 'separators',
    reason:
      'The service strips the same white space as the reference, whose `float` accepts U+001C to U+001F only next to characters that are not ASCII.',
    applies: ({ target }, { error }) => error === INVALID && isSeparatedNumber(readText(target)),
    expected: { status: 200 },
  },
  {
    name: 'merge-slashes',
    reason: 'Any other path is 404; the reference redirects to the path with merged slashes, with an HTML page.',
    applies: (_request, { status }) => status === 308,
    expected: { status: 404, error: 'API not found.' },
  },
  {
    name: 'options',
    reason: 'Any other method on a known path is 405 with Allow; the reference responds to OPTIONS with 200.',
    applies: ({ method }, { status }) => method === 'OPTIONS' && status === 200,
    expected: { status: 405, error: 'Method not allowed.' },
  },
  {
    name: 'upgrade',
    reason:
      'An upgrade that is not supported may be ignored (RFC 9110, 7.8); the reference rejects WebSocket with 400.',
    applies: ({ header = '' }, { status }) => status === 400 && header.startsWith('Upgrade: websocket'),
    expected: { status: 200 },
  },
  {
    name: 'target-form',
    reason:
      'A target is a path or the URI of a host (RFC 9112, 3.2); the reference accepts any target that contains ://.',
    applies: ({ target }, { status }) => status !== 400 && target.includes('://') && !FORM_OF_TARGET.test(target),
    expected: { status: 400, error: 'Bad request.' },
  },
  {
    name: 'transfer-coding',
    reason: 'Bad input never causes a 5xx; the reference responds with 501 to an unknown transfer coding.',
    applies: (_request, { status }) => status === 501,
    expected: { status: 400, error: 'Bad request.' },
  },
];

/** Whether a response has exactly the expected status, double and error. */
export function meets(expected: Meaning, actual: Meaning): boolean {
  return (
    expected.status === actual.status &&
    (expected.celsius === undefined || Object.is(expected.celsius, actual.celsius)) &&
    (expected.error === undefined || expected.error === actual.error)
  );
}

/** The first `fahrenheit` of a query, decoded; white space that JavaScript does not trim becomes a space. */
function readText(target: string): string {
  const [, encoded = ''] = /[?&]fahrenheit=([^&#]*)/.exec(target) ?? [];
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' ')).replaceAll('\u0085', ' ');
  } catch {
    return '';
  }
}

function isSeparatedNumber(text: string): boolean {
  const spaced = ['\x1c', '\x1d', '\x1e', '\x1f'].reduce((rest, separator) => rest.replaceAll(separator, ' '), text);
  return spaced !== text && Number.isFinite((Number(spaced.trim() || 'none') - 32) * 5);
}
