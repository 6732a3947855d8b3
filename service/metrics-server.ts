import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ALLOW, answer, formatError } from './answer.ts';
import type { Exposition } from './exposition.ts';

/** Scrapers need few connections; more would take memory from the converter. */
const MAX_CONNECTIONS = 100;

/** Options of `createMetricsServer`. */
export interface MetricsSource {
  identifier: string;
  /** Called at the first scrape. */
  loadExposition: () => Promise<Exposition>;
  onFailure: (error: unknown) => void;
}

/** Creates an HTTP server, not listening yet, that serves only `GET /metrics`. */
export function createMetricsServer({ identifier, loadExposition, onFailure }: MetricsSource): Server {
  let exposition: Promise<Exposition> | undefined;

  async function scrape(response: ServerResponse): Promise<void> {
    const { contentType, format } = await (exposition ??= loadExposition());
    const text = await format();
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  }

  function serve({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
    if (url.split('?')[0] !== '/metrics') {
      answer(response, 404, formatError('Not found. Metrics are at /metrics.', identifier));
    } else if (method !== 'GET' && method !== 'HEAD') {
      answer(response, 405, formatError('Method not allowed.', identifier), ['Allow', ALLOW]);
    } else {
      scrape(response).catch((error: unknown) => {
        onFailure(error);
        answer(response, 500, formatError('Internal error.', identifier));
      });
    }
  }

  const server = createServer({ headersTimeout: 10_000, requestTimeout: 20_000 }, serve);
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}
