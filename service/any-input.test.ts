import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  double,
  oneof,
  string,
  stringMatching,
  tuple,
  uint8Array,
  webUrl,
} from 'fast-check';
import { PATHS } from './paths.ts';
import { exchange, parseResponses, type RawResponse } from './testing/raw-exchange.ts';
import { CLOSE, expectHealthy, IDENTIFIER, type RunningService, startService } from './testing/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function convert(fahrenheit: string): Promise<RawResponse> {
  const target = `${PATHS.convert}?${new URLSearchParams({ fahrenheit }).toString()}`;
  const [response] = parseResponses(await exchange(service.port, `GET ${target} HTTP/1.1\r\n${CLOSE}`));
  if (response === undefined) throw new Error(`No answer to ${target}`);
  return response;
}

describe('any input', () => {
  const requestLine = tuple(
    oneof(constantFrom('GET', 'POST', 'BREW', 'CONNECT'), stringMatching(/^[A-Z]{5,22}$/)),
    oneof(
      constantFrom(PATHS.convert, PATHS.health, '*', 'http://x/'),
      string({
        unit: constantFrom('/', '%', '?', '#', '&', '=', '+', '.', ':', '\\', '1', 'é', '%ff', '\xff', '\0', '//'),
      }).map((text) => `/${text}`),
      webUrl({ withQueryParameters: true, withFragments: true }),
    ),
  );

  it('as a target is answered in JSON, never with a 5xx', async () => {
    const check = asyncProperty(requestLine, async ([method, target]) => {
      const [response] = parseResponses(await exchange(service.port, `${method} ${target} HTTP/1.1\r\n${CLOSE}`));
      expect(response?.status).toBeGreaterThanOrEqual(200);
      expect(response?.status).toBeLessThan(500);
      expect(response?.headers['content-type']).toBe('application/json');
      expect(JSON.parse(response?.body ?? '')).toHaveProperty('app_identifier', IDENTIFIER);
    });
    await assert(check, { numRuns: 500 });
  });

  it('as the temperature is a number, or one of the two errors', async () => {
    const check = asyncProperty(oneof(string({ unit: 'binary' }), double().map(String)), async (text) => {
      const { status, body } = await convert(text);
      const { celsius, error, app_identifier: identifier } = JSON.parse(body) as Record<string, unknown>;
      expect(identifier).toBe(IDENTIFIER);
      expect(status === 200 ? Number.isFinite(celsius) : status === 400 && typeof error === 'string').toBe(true);
    });
    await assert(check, { numRuns: 500 });
  });

  it('as bytes leaves the service healthy', async () => {
    const bytes = oneof(
      uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets).toString('latin1')),
      array(
        constantFrom('GET ', '/', ' HTTP/1.1', '\r\n', 'Host: x', 'Content-Length: 1', '0', ':', ' ', '\0', 'é'),
      ).map((parts) => parts.join('')),
    );
    const check = asyncProperty(bytes, async (text) => {
      // The second part ends whatever the first began.
      for (const { status } of parseResponses(await exchange(service.port, `${text}\r\n\r\n\0\r\n\r\n`))) {
        expect(status).toBeLessThan(500);
      }
    });
    await assert(check, { numRuns: 500 });
    await expectHealthy(service);
  });
});
