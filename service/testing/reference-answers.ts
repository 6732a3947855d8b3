import { readFileSync } from 'node:fs';
import type { RawResponse } from './raw-exchange.ts';

/** A request in short form; the default method is GET. */
export interface OddRequest {
  method?: string;
  target: string;
  /** One more header, or several lines of them. */
  header?: string;
}

/** What an answer says: its status, and the double or the text of the error where it says so in JSON. */
export interface Meaning {
  status: number;
  celsius?: number;
  error?: string;
}

/** Where the odd requests and the reference's answers to them are kept, one JSON object a line. */
export const REFERENCE_ANSWERS = new URL('reference-answers.jsonl', `file://${import.meta.dirname}/`);

/** The request as Latin-1 text; it asks the server to close the connection afterwards. */
export function formatRequest({ method = 'GET', target, header }: OddRequest): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: converter', ...(header === undefined ? [] : [header])]
    .concat('Connection: close', '', '')
    .join('\r\n');
}

interface WrittenMeaning {
  celsius?: number | string | undefined;
  error?: string | undefined;
}

function toMeaning(status: number, { celsius, error }: WrittenMeaning): Meaning {
  return { status, ...(celsius !== undefined && { celsius: Number(celsius) }), ...(error !== undefined && { error }) };
}

/** Reads an answer; Python writes a double that is not finite as `Infinity` or `NaN`, which only looks like JSON. */
export function parseMeaning({ status, headers, body }: RawResponse): Meaning {
  if (headers['content-type'] !== 'application/json' || body === '') return { status };
  return toMeaning(status, JSON.parse(body.replace(/:(-?Infinity|NaN)/, ':"$1"')) as WrittenMeaning);
}

/** Writes one line of REFERENCE_ANSWERS. */
export function formatAnswer(request: OddRequest, { celsius, ...meaning }: Meaning): string {
  return JSON.stringify({ ...request, ...meaning, celsius: Number.isFinite(celsius) ? celsius : celsius?.toString() });
}

/** Reads all of REFERENCE_ANSWERS. */
export function readReferenceAnswers(): { request: OddRequest; answer: Meaning }[] {
  const lines = readFileSync(REFERENCE_ANSWERS, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { status, celsius, error, ...request } = JSON.parse(line) as OddRequest & WrittenMeaning & { status: number };
    return { request, answer: toMeaning(status, { celsius, error }) };
  });
}
