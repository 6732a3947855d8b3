import { readFileSync } from 'node:fs';
import type { RawResponse } from './raw-exchange.ts';

/** A request in short form. The default method is GET. */
export interface OddRequest {
  method?: string;
  target: string;
  /** One additional header, or several, one per line. */
  header?: string;
}

/** The content of a response: its status, and the double or the error message of a JSON body. */
export interface Meaning {
  status: number;
  celsius?: number;
  error?: string;
}

/** The file with unusual requests and the reference's responses, one JSON object per line. */
export const REFERENCE_ANSWERS = new URL('reference-answers.jsonl', `file://${import.meta.dirname}/`);

/** Formats a request as Latin-1 text, with `Connection: close`. */
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

/** Parses a response. Python writes a double that is not finite as `Infinity` or `NaN`, which is not valid JSON. */
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
