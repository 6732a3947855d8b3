import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { answer, formatError } from './answer.ts';
import { convertToCelsius, strip } from './fahrenheit.ts';
import { formatOpenApi } from './openapi.ts';
import { PATHS } from './paths.ts';
import { refuseUnserved } from './refusal.ts';
import { readParameter } from './request-target.ts';

/** Options of `createApplication`. */
export interface ApplicationOptions {
  /** The UUID in every response. */
  identifier: string;
  version: string;
  /** Whether shutdown has begun. The health check then fails. */
  isStopping: () => boolean;
  /** Called with each unexpected error of a handler; the client gets a 500. */
  onFailure: (error: unknown) => void;
}

/** The HTTP contract as an Express application. It expects canonical targets (see `canonicalizeTarget`). */
export function createApplication({ identifier, version, isStopping, onFailure }: ApplicationOptions): Express {
  const missing = formatError('Please provide the Fahrenheit temperature as a query parameter.', identifier);
  const invalid = formatError('Invalid input. Please provide a valid Fahrenheit temperature.', identifier);
  const healthy = JSON.stringify({ app_identifier: identifier });
  const stopping = formatError('The service is shutting down.', identifier);
  const failed = formatError('Internal error.', identifier);
  const afterCelsius = `,"app_identifier":${JSON.stringify(identifier)}}`;

  const convert: RequestHandler = (request, response) => {
    const text = strip(readParameter(request.url, 'fahrenheit') ?? '');
    if (text === '') return answer(response, 400, missing);
    const celsius = convertToCelsius(text);
    if (celsius === undefined) return answer(response, 400, invalid);
    // A finite number is its own JSON text.
    answer(response, 200, `{"celsius":${celsius}${afterCelsius}`);
  };
  const health: RequestHandler = (_request, response) =>
    isStopping() ? answer(response, 503, stopping) : answer(response, 200, healthy);
  const openApi: RequestHandler = (_request, response) => answer(response, 200, formatOpenApi(version));
  const refuse: RequestHandler = (request, response) => {
    const { status, error, headers } = refuseUnserved(request.url);
    answer(response, status, formatError(error, identifier), headers);
  };
  const reportFailure: ErrorRequestHandler = (error, _request, response, next) => {
    onFailure(error);
    // Express closes the connection if the response has started.
    if (response.headersSent) return next(error);
    answer(response, 500, failed);
  };

  const application = express();
  application.enable('case sensitive routing').enable('strict routing');
  application.disable('x-powered-by').disable('etag').disable('query parser');
  application.route(PATHS.convert).get(convert).all(refuse);
  application.route(PATHS.health).get(health).all(refuse);
  application.route(PATHS.openApi).get(openApi).all(refuse);
  application.use(refuse);
  application.use(reportFailure);
  return application;
}
