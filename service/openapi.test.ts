import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatOpenApi } from './openapi.ts';
import { PATHS } from './paths.ts';
import { type RunningService, startService } from './testing/running-service.ts';

interface Schema {
  $ref?: string;
  type?: string;
  pattern?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: false;
}

interface Operation {
  responses: Record<string, { content?: { 'application/json': { schema: Schema } } }>;
}

interface OpenApi {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const document = JSON.parse(formatOpenApi('1.2.3')) as OpenApi;

/** Returns the violations of a schema. Supports only the part of JSON Schema that this document uses. */
function findViolations(value: unknown, schema: Schema, at = '$'): string[] {
  if (schema.$ref !== undefined) {
    const named = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    return named === undefined ? [`${at}: no schema ${schema.$ref}`] : findViolations(value, named, at);
  }
  if (typeof value !== schema.type) return [`${at}: ${typeof value}, not ${schema.type}`];
  if (typeof value === 'string') return new RegExp(schema.pattern ?? '').test(value) ? [] : [`${at}: ${value}`];
  return typeof value === 'object' && value !== null ? findPropertyViolations(value, schema, at) : [];
}

function findPropertyViolations(value: object, schema: Schema, at: string): string[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}: no ${name}`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const property = properties[name];
      if (property !== undefined) return findViolations(item, property, `${at}.${name}`);
      return additionalProperties === false ? [`${at}: unknown ${name}`] : [];
    }),
  ];
}

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A request for each documented response. */
const requests: { path: string; status: string; query?: string; headers?: Record<string, string>; stopping?: true }[] =
  [
    { path: PATHS.convert, status: '200', query: '?fahrenheit=98.6' },
    { path: PATHS.convert, status: '400' },
    { path: PATHS.convert, status: '400', query: '?fahrenheit=warm' },
    { path: PATHS.convert, status: '4XX', headers: { 'X-Large': 'x'.repeat(20_000) } },
    { path: PATHS.health, status: '200' },
    { path: PATHS.health, status: '4XX', headers: { 'X-Large': 'x'.repeat(20_000) } },
    { path: PATHS.openApi, status: '200' },
    { path: PATHS.openApi, status: '4XX', headers: { 'X-Large': 'x'.repeat(20_000) } },
    { path: PATHS.health, status: '503', stopping: true },
  ];

describe('the OpenAPI description', () => {
  it('is served with the version of the service', async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}${PATHS.openApi}`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(document);
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
  });

  it('describes every path, and no other', () => {
    expect(Object.keys(document.paths)).toEqual(Object.values(PATHS));
  });

  it('describes no response that this test does not request', () => {
    const asked = new Set(requests.map(({ path, status }) => `${path} ${status}`));
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap(({ responses }) => Object.keys(responses).map((status) => `${path} ${status}`)),
    );
    expect(new Set(described)).toEqual(asked);
  });

  it.each(requests)('matches $path: $status', async ({ path, status, query = '', headers = {}, stopping }) => {
    if (stopping) service.beginStopping();
    for (const [method, { responses }] of Object.entries(document.paths[path] ?? {})) {
      const url = `http://127.0.0.1:${service.port}${path}${query}`;
      const response = await fetch(url, { method: method.toUpperCase(), headers });
      expect(String(response.status)).toMatch(new RegExp(`^${status.replace('XX', '\\d\\d')}$`));
      expectBody(await response.text(), responses[status]?.content?.['application/json'].schema);
    }
  });
});

function expectBody(text: string, schema: Schema | undefined): void {
  if (schema === undefined) expect(text).toBe('');
  else expect(findViolations(JSON.parse(text), schema)).toEqual([]);
}
