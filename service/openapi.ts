import { PATHS } from './paths.ts';

/** The OpenAPI 3.1 description of this service as JSON text; `openapi.test.ts` verifies it. */
export function formatOpenApi(version: string): string {
  return JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Temperature converter',
      version,
      description:
        'Converts Fahrenheit to Celsius. Every response is JSON. Any other path returns 404; any other method on one of these paths returns 405, with the header Allow.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      [PATHS.convert]: describeReads('convertFahrenheitToCelsius', 'Convert a temperature', {
        parameters: [FAHRENHEIT],
        responses: {
          200: respond('The temperature in degrees Celsius.', 'Conversion'),
          400: respond('The temperature is missing, or is not a finite decimal number.', 'Error'),
          '4XX': REFUSED,
        },
      }),
      [PATHS.health]: describeReads('checkHealth', 'Check whether this replica accepts requests', {
        responses: {
          200: respond('The service answers.', 'Identity'),
          503: respond('The service is shutting down; send requests elsewhere.', 'Error'),
          '4XX': REFUSED,
        },
      }),
      [PATHS.openApi]: describeReads('describeApi', 'Return this description', {
        responses: {
          200: {
            description: 'This OpenAPI document.',
            content: { 'application/json': { schema: { type: 'object', required: ['openapi', 'info', 'paths'] } } },
          },
          '4XX': REFUSED,
        },
      }),
    },
    components: {
      schemas: {
        AppIdentifier: {
          type: 'string',
          format: 'uuid',
          pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
          description: 'A UUID (version 4) that tells one running copy of the service from another.',
        },
        Identity: describeObject({ app_identifier: APP_IDENTIFIER }),
        Conversion: describeObject({
          celsius: { type: 'number', description: '(F − 32) × 5 ÷ 9 in double precision, in this order.' },
          app_identifier: APP_IDENTIFIER,
        }),
        Error: describeObject({
          error: { type: 'string', minLength: 1, description: 'A description of the error.' },
          app_identifier: APP_IDENTIFIER,
        }),
      },
    },
  });
}

const APP_IDENTIFIER = { $ref: '#/components/schemas/AppIdentifier' };

const FAHRENHEIT = {
  name: 'fahrenheit',
  in: 'query',
  required: true,
  description:
    'A decimal number in degrees Fahrenheit: an optional sign, digits with an optional fraction, an optional exponent, white space around it. If it is repeated, the first one is used.',
  schema: { type: 'string', examples: ['212', '-40', '98.6', '1e2'] },
};

const REFUSED = respond(
  'The request is not HTTP that this service accepts: malformed, too large or too slow.',
  'Error',
);

function respond(description: string, schema: string): DocumentedResponse {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

function describeObject(properties: Record<string, object>): object {
  return { type: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

interface DocumentedResponse {
  description: string;
  content: object;
}

interface Operation {
  parameters?: object[];
  responses: Record<string, DocumentedResponse>;
}

/** GET, and HEAD with the same responses without their bodies. */
function describeReads(operationId: string, summary: string, { responses, ...rest }: Operation): object {
  const withoutBody = Object.fromEntries(
    Object.entries(responses).map(([status, { description }]) => [status, { description }]),
  );
  return {
    get: { operationId, summary, ...rest, responses },
    head: {
      operationId: `${operationId}Head`,
      summary: `${summary}, without the body`,
      ...rest,
      responses: withoutBody,
    },
  };
}
