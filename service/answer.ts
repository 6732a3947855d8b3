import type { ServerResponse } from 'node:http';

/** The one Allow header of this service: every resource is only read. */
export const ALLOW = 'GET, HEAD';

/** Answers with a JSON text and ends the response; `headers` are further names and values in turn. */
export function answer(response: ServerResponse, status: number, json: string, headers: readonly string[] = []): void {
  response.writeHead(status, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(json)),
    ...headers,
  ]);
  response.end(json);
}

/** The JSON text of every error that the service answers with. */
export function formatError(error: string, identifier: string): string {
  return JSON.stringify({ error, app_identifier: identifier });
}
