import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Page, type PageServer, servePages } from './http-server.ts';

const ok: Page = () => Promise.resolve({ status: 200, contentType: 'text/plain', body: 'fine ✓\n' });
const PAGES: Record<string, Page> = {
  '/healthz': ok,
  '/readyz': () => Promise.resolve({ status: 503, contentType: 'text/plain', body: 'not yet\n' }),
  '/broken': () => Promise.reject(new Error('disk full')),
};

let server: PageServer;

beforeEach(async () => {
  server = await servePages('health', 0, PAGES);
});

afterEach(async () => {
  await server.close();
});

const fetchPage = (path: string, method = 'GET'): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

/** Sends these bytes and returns everything that the server sends until it closes the connection. */
async function exchange(request: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.end(request);
  return text(socket);
}

describe('servePages', () => {
  it.each([
    ['/healthz', 200, 'fine ✓\n'],
    ['/healthz?verbose', 200, 'fine ✓\n'],
    ['/readyz', 503, 'not yet\n'],
    ['/broken', 500, 'Error: disk full\n'],
    ['/', 404, 'not found\n'],
    ['/healthz/', 404, 'not found\n'],
    ['/HEALTHZ', 404, 'not found\n'],
    ['/%zz', 404, 'not found\n'],
    ['//healthz', 404, 'not found\n'],
    ['/toString', 404, 'not found\n'],
    ['/__proto__', 404, 'not found\n'],
  ])('answers GET %s with %d', async (path, status, body) => {
    const response = await fetchPage(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/plain']);
    expect(await response.text()).toBe(body);
  });

  it('answers HEAD without the body', async () => {
    const response = await fetchPage('/healthz', 'HEAD');
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '9']);
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'answers %s with 405 and lists the allowed methods',
    async (method) => {
      const response = await fetchPage('/healthz', method);
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    },
  );

  it.each([
    [
      'absolute form',
      'GET http://example.com/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'HTTP/1.1 404',
    ],
    ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'HTTP/1.1 405'],
    ['invalid syntax', 'what\r\n\r\n', 'HTTP/1.1 400'],
  ])('survives a request in %s', async (_case, request, status) => {
    expect(await exchange(request)).toMatch(new RegExp(`^${status} `));
    expect((await fetchPage('/healthz')).status).toBe(200);
  });

  it('names the server and the unavailable port', async () => {
    await expect(servePages('metrics', server.port, PAGES)).rejects.toThrow(
      `the metrics server cannot listen on port ${server.port}: `,
    );
  });

  it('closes open connections and frees the port on close', async () => {
    const { port } = server;
    const socket = connect(port, '127.0.0.1');
    const received = text(socket);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    await server.close();
    expect(await received).toContain('fine');
    server = await servePages('health', port, PAGES);
    expect(server.port).toBe(port);
  });
});
