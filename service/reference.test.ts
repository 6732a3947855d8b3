import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEVIATIONS, meets } from './testing/deviations.ts';
import { exchange, parseResponses } from './testing/raw-exchange.ts';
import { formatRequest, parseMeaning, readReferenceAnswers } from './testing/reference-answers.ts';
import { IDENTIFIER, type RunningService, startService } from './testing/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

// The answers were recorded from Flask 3.1.3, Werkzeug 3.1.9 and gunicorn 27.0.1 on Python 3.11: see bench/service.
describe('compared with the Flask application that it replaces, the service', () => {
  const answers = readReferenceAnswers();

  it.each(answers)(
    'sends the same response, or the one that the contract requires: $request',
    async ({ request, answer }) => {
      const text = await exchange(service.port, formatRequest(request));
      const responses = parseResponses(text, { bodyless: request.method === 'HEAD' });

      const [response = { status: 0, headers: {}, body: '' }] = responses;
      expect(responses).toHaveLength(1);
      expect(response.headers['content-type']).toBe('application/json');
      if (request.method !== 'HEAD') expect(JSON.parse(response.body)).toHaveProperty('app_identifier', IDENTIFIER);
      const expected = DEVIATIONS.find(({ applies }) => applies(request, answer))?.expected ?? answer;
      const meaning = parseMeaning(response);
      if (!meets(expected, meaning)) expect(meaning).toEqual(expected);
    },
  );

  it.each(DEVIATIONS)('needs the deviation $name for at least one request', ({ applies }) => {
    expect(answers.some(({ request, answer }) => applies(request, answer))).toBe(true);
  });
});
