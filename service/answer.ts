import type { ServerResponse } from 'node:http';

/** The Allow header of every resource: all are read-only. */
export const ALLOW = 'GET, HEAD';

/** Sends a JSON text and ends the response. `headers` has additional names and values, alternating. */
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

/** The JSON text of an error response. */
export function formatError(error: string, identifier: string): string {
  return JSON.stringify({ error, app_identifier: identifier });
}
