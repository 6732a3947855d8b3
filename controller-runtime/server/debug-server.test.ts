import { connect, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serveDebug } from './debug-server.ts';
import type { PageServer } from './http-server.ts';

const LEVELS = ['debug', 'info'];

let log: { level: string };
let server: PageServer;

beforeEach(async () => {
  log = { level: 'info' };
  server = await serveDebug({ port: 0, log, levels: LEVELS });
});

afterEach(async () => {
  await server.close();
});

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

async function answerTo(path: string, init: RequestInit = {}): Promise<[number, string]> {
  const response = await ask(path, init);
  return [response.status, await response.text()];
}

describe('a debug server', () => {
  it('returns and sets the log level', async () => {
    expect(await answerTo('/log-level')).toEqual([200, 'info\n']);
    expect(await answerTo('/log-level', { method: 'PUT', body: 'debug\n' })).toEqual([200, 'debug\n']);
    expect(log.level).toBe('debug');
    expect(await answerTo('/log-level')).toEqual([200, 'debug\n']);
  });

  it.each(['', 'loud', 'toString'])('rejects the log level "%s" and lists the valid ones', async (body) => {
    expect(await answerTo('/log-level', { method: 'PUT', body })).toEqual([
      400,
      'the log level must be one of debug, info\n',
    ]);
    expect(log.level).toBe('info');
  });

  it('returns a CPU profile of the given duration', async () => {
    const response = await ask('/cpu-profile?seconds=1');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="operator.cpuprofile"');
    // SAFETY: the format of a .cpuprofile; times are in microseconds.
    const profile = (await response.json()) as { nodes: unknown[]; startTime: number; endTime: number };
    expect(profile.nodes.length).toBeGreaterThan(0);
    expect(profile.endTime - profile.startTime).toBeGreaterThanOrEqual(990_000);
  });

  it.each(['0', '301', '1.5', '-1', 'x', ''])('rejects a profile of "%s" seconds', async (seconds) => {
    const refusal = 'seconds must be a whole number from 1 to 300\n';
    expect(await answerTo(`/cpu-profile?seconds=${seconds}`)).toEqual([400, refusal]);
  });

  it('stops a profile when the client disconnects, and keeps serving', async () => {
    const reader = new AbortController();
    const profile = ask('/cpu-profile?seconds=300', { signal: reader.signal });
    reader.abort();
    await expect(profile).rejects.toThrow('aborted');
    expect(await answerTo('/log-level')).toEqual([200, 'info\n']);
  });

  it('returns a heap snapshot', async () => {
    const response = await ask('/heap-snapshot');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="operator.heapsnapshot"');
    // SAFETY: the format of a .heapsnapshot.
    const { snapshot } = (await response.json()) as { snapshot: { node_count: number } };
    expect(snapshot.node_count).toBeGreaterThan(1000);
  });

  it.each([
    ['GET', '/'],
    ['POST', '/log-level'],
    ['DELETE', '/heap-snapshot'],
    ['GET', '/toString'],
  ])('answers %s %s with a 404 that lists the endpoints', async (method, path) => {
    const endpoints = 'not found; endpoints: GET /log-level, PUT /log-level, GET /heap-snapshot, GET /cpu-profile\n';
    expect(await answerTo(path, { method })).toEqual([404, endpoints]);
  });

  it.each([
    ['evil.example.com', 403],
    ['localhost.evil.example.com', 403],
    ['localhost', 200],
    ['localhost:6060', 200],
    ['[::1]:6060', 200],
  ])('answers a request for host %s with %d', async (host, status) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.end(`GET /log-level HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('listens on the loopback address only', async () => {
    // The port is still free on another loopback address.
    const other = createTcpServer();
    await new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen(server.port, '127.0.0.2', resolve);
    });
    await new Promise((resolve) => {
      other.close(resolve);
    });
  });

  it('names an unavailable port', async () => {
    await expect(serveDebug({ port: server.port, log, levels: LEVELS })).rejects.toThrow(
      `the debug server cannot listen on port ${server.port}: `,
    );
  });
});
