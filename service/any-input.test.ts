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
import { strip } from './fahrenheit.ts';
import { PATHS } from './paths.ts';
import { exchange, parseResponses, type RawResponse } from './testing/raw-exchange.ts';
import {
  CLOSE,
  expectHealthy,
  IDENTIFIER,
  readStatuses,
  type RunningService,
  startService,
} from './testing/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function convert(fahrenheit: string): Promise<RawResponse> {
  const target = `${PATHS.convert}?${new URLSearchParams({ fahrenheit }).toString()}`;
  const [response] = parseResponses(await exchange(service.port, `GET ${target} HTTP/1.1\r\n${CLOSE}`));
  if (response === undefined) throw new Error(`No response to ${target}`);
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

  it('as a target gets a JSON response, never a 5xx', async () => {
    const check = asyncProperty(requestLine, async ([method, target]) => {
      const [response] = parseResponses(await exchange(service.port, `${method} ${target} HTTP/1.1\r\n${CLOSE}`));
      expect(response?.status).toBeGreaterThanOrEqual(200);
      expect(response?.status).toBeLessThan(500);
      expect(response?.headers['content-type']).toBe('application/json');
      expect(JSON.parse(response?.body ?? '')).toHaveProperty('app_identifier', IDENTIFIER);
    });
    await assert(check, { numRuns: 500 });
  });

  it('as a temperature gets one of the two errors, or exactly the double of the formula', async () => {
    const check = asyncProperty(oneof(string({ unit: 'binary' }), double().map(String)), async (text) => {
      const { status, body } = await convert(text);
      const { celsius, error, app_identifier: identifier } = JSON.parse(body) as Record<string, unknown>;
      expect(identifier).toBe(IDENTIFIER);
      if (status === 200) expect(celsius).toBe(((Number(strip(text)) - 32) * 5) / 9);
      else expect([status, typeof error]).toEqual([400, 'string']);
    });
    await assert(check, { numRuns: 500 });
  });

  it('as headers gets a JSON response, never a 5xx', async () => {
    const name = oneof(
      constantFrom('Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Expect', 'Upgrade', 'Trailer', 'TE'),
      string({ unit: constantFrom('a', '-', '_', ' ', '\t', '(', '\0', 'é'), maxLength: 8 }),
    );
    const value = oneof(
      constantFrom('0', '3', '-1', '1, 1', 'chunked', 'identity', 'close', 'keep-alive', '100-continue', 'h2c', 'x'),
      string({ unit: constantFrom('a', ',', ';', ' ', '\t', '\v', '"', '\0', '\r', '\xff'), maxLength: 8 }),
    );
    const check = asyncProperty(array(tuple(name, value), { maxLength: 6 }), async (headers) => {
      const lines = headers.map(([each, text]) => `${each}: ${text}\r\n`).join('');
      // The trailing bytes end the body, regardless of its framing.
      const text = await exchange(service.port, `GET /x HTTP/1.1\r\n${lines}${CLOSE}0\r\n\r\n\0\r\n\r\n`);
      const statuses = readStatuses(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''));
      expect(statuses.length).toBeGreaterThan(0);
      expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    });
    await assert(check, { numRuns: 500 });
    await expectHealthy(service);
  });

  it('as raw bytes gets a JSON response or none, and leaves the service healthy', async () => {
    const bytes = oneof(
      uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets).toString('latin1')),
      array(
        constantFrom('GET ', '/', ' HTTP/1.1', '\r\n', 'Host: x', 'Content-Length: 1', '0', ':', ' ', '\0', 'é'),
      ).map((parts) => parts.join('')),
    );
    const check = asyncProperty(bytes, async (text) => {
      // The second part ends an incomplete request in the first.
      const statuses = readStatuses(await exchange(service.port, `${text}\r\n\r\n\0\r\n\r\n`));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    });
    await assert(check, { numRuns: 500 });
    await expectHealthy(service);
  });
});
