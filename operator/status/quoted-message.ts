import { oneLine } from './words.ts';

/** How much of two quotes is compared. */
const COMPARED_LENGTH = 200;

/** A message; `quote` marks words of Kubernetes in it whose numbers and names may alternate while the problem is the same. */
export interface QuotedMessage {
  readonly message: string;
  readonly quote?: Quote;
}

interface Quote {
  readonly before: string;
  readonly words: string;
  readonly after: string;
}

/** Puts words of Kubernetes into a message: `before` (a label), a colon, the words if there are any, and `after`. */
export function quoteWords(before: string, words: string | undefined, after: string): QuotedMessage {
  const line = oneLine(words ?? '');
  const quoted = line === '' ? '' : `: ${line}`;
  return { message: `${before}${quoted}${after}`, quote: { before, words: quoted, after } };
}

/** Puts text before a message. */
export function prefixMessage(prefix: string, { message, quote }: QuotedMessage): QuotedMessage {
  const prefixed = { message: `${prefix}${message}` };
  return quote === undefined ? prefixed : { ...prefixed, quote: { ...quote, before: `${prefix}${quote.before}` } };
}

/**
 * The stored message if it only quotes the same problem with other numbers or names, or quotes words where there are none
 * now: messages of the kubelet and of the autoscaler alternate every few seconds. Otherwise the new message.
 */
export function keepWording(stored: string | undefined, { message, quote }: QuotedMessage): string {
  if (stored === undefined || quote === undefined) return message;
  const { before, words, after } = quote;
  if (!stored.startsWith(before) || !stored.endsWith(after) || stored.length < before.length + after.length) {
    return message;
  }
  const storedWords = stored.slice(before.length, stored.length - after.length);
  return words === '' || normalize(storedWords) === normalize(words) ? stored : message;
}

/** Replaces each word that has a digit: counts, times, addresses, generated names. */
function normalize(words: string): string {
  return words.replace(/[^\s"'(),:;=[\]]*\d[^\s"'(),:;=[\]]*/g, '#').slice(0, COMPARED_LENGTH);
}
