import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { parseTraffic, type Traffic } from './traffic.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, 'send-requests.js'), 'utf8');
const CONNECTIONS = 3;

interface Sent {
  readonly traffic: readonly Traffic[];
  readonly isDone: boolean;
  readonly urls: readonly string[];
  readonly connections: number;
}

/** Runs the program as the pod does, for two seconds, against a server on this machine. */
async function send(respond: RequestListener): Promise<Sent> {
  const urls: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    respond(request, response);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // SAFETY: a server that listens on a port has an address.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/convert-fahrenheit-to-celsius`;
  const args = ['--input-type=module', '--eval', PROGRAM, url, String(CONNECTIONS), '2'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  server.closeAllConnections();
  server.close();
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => parseTraffic(line));
  const traffic = lines.filter((line) => line !== undefined && line !== 'done');
  return { traffic, isDone: lines.includes('done'), urls, connections };
}

describe('the program of the load pod', () => {
  it('sends conversions until its time is over, and prints each second', async () => {
    const { traffic, isDone, urls } = await send((_, response) => setTimeout(() => response.end('{}'), 5));
    expect(isDone).toBe(true);
    expect(traffic[0]).toMatchObject({ second: 1, failures: 0 });
    expect(traffic[0]?.requests).toBeGreaterThan(10);
    expect(traffic[0]?.p50Ms).toBeGreaterThanOrEqual(4);
    expect(traffic[0]?.p99Ms).toBeGreaterThanOrEqual(traffic[0]?.p50Ms ?? 0);
    expect(new Set(urls.map((url) => url.split('=')[0]))).toEqual(
      new Set(['/api/convert-fahrenheit-to-celsius?fahrenheit']),
    );
    expect(traffic.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(urls.length);
  });

  it('opens a new connection after 50 requests, so that new replicas receive some', async () => {
    const { urls, connections } = await send((_, response) => response.end('{}'));
    expect(connections).toBeGreaterThanOrEqual(Math.floor(urls.length / 50));
    expect(connections).toBeLessThanOrEqual(urls.length / 50 + CONNECTIONS);
  });

  it('counts another status than 200 as a failure, and does not follow redirects', async () => {
    const { traffic, urls } = await send((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(traffic[0]).toMatchObject({ requests: 0, failure: 'status 302', p50Ms: undefined });
    expect(traffic[0]?.failures).toBeGreaterThan(0);
    expect(urls).not.toContain('/elsewhere');
    // Without a pause, there would be thousands.
    expect(urls.length).toBeLessThanOrEqual(CONNECTIONS * 25);
  });
});
