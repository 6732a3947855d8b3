import { afterEach, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExposition, type Exposition } from './exposition.ts';
import { createMetricsServer } from './metrics-server.ts';
import { RequestStatistics } from './request-statistics.ts';
import { openConnection } from './testing/raw-exchange.ts';
import { IDENTIFIER } from './testing/running-service.ts';

const failures: unknown[] = [];
let server: Server | undefined;
afterEach(() => {
  server?.close();
});

async function start(loadExposition: () => Promise<Exposition>): Promise<string> {
  const started = createMetricsServer({
    identifier: IDENTIFIER,
    loadExposition,
    onFailure: (error) => failures.push(error),
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address with one.
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const label = (name: string): string => `${name}{route="/a",method="GET",status="200"`;

const scrape = async (url: string): Promise<string[]> => (await (await fetch(`${url}/metrics`)).text()).split('\n');

describe('the metrics server', () => {
  it('exposes each request once, in a counter and a cumulative histogram', async () => {
    const statistics = new RequestStatistics();
    const url = await start(() => Promise.resolve(createExposition(statistics, '1.2.3')));
    statistics.observe('/a', 'GET', 200, 0.000_05);
    statistics.observe('/a', 'GET', 200, 0.3);
    statistics.refuse(431);
    statistics.evict();
    const lines = await scrape(url);
    expect(lines).toEqual(
      expect.arrayContaining([
        'temperature_converter_build_info{version="1.2.3"} 1',
        '# TYPE http_requests_total counter',
        `${label('http_requests_total')}} 2`,
        '# TYPE http_unreadable_requests_total counter',
        'http_unreadable_requests_total{status="431"} 1',
        'http_evicted_connections_total 1',
        '# TYPE http_request_duration_seconds histogram',
        `${label('http_request_duration_seconds_bucket')},le="0.0001"} 1`,
        `${label('http_request_duration_seconds_bucket')},le="0.25"} 1`,
        `${label('http_request_duration_seconds_bucket')},le="0.5"} 2`,
        `${label('http_request_duration_seconds_bucket')},le="1"} 2`,
        `${label('http_request_duration_seconds_bucket')},le="+Inf"} 2`,
        `${label('http_request_duration_seconds_sum')}} 0.30005`,
        `${label('http_request_duration_seconds_count')}} 2`,
      ]),
    );
  });

  it('keeps counting after the first scrape, without loading the metrics again', async () => {
    const statistics = new RequestStatistics();
    let loaded = 0;
    const url = await start(() => {
      loaded += 1;
      return Promise.resolve(createExposition(statistics, '1.2.3'));
    });
    for (const total of [1, 2]) {
      statistics.observe('/a', 'GET', 200, 0.1);
      expect(await scrape(url)).toContain(`http_requests_total{route="/a",method="GET",status="200"} ${total}`);
    }
    expect(loaded).toBe(1);
  });

  it('exposes process metrics', async () => {
    const exposition = createExposition(new RequestStatistics(), '1.2.3');
    const text = (await scrape(await start(() => Promise.resolve(exposition)))).join('\n');
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(text).not.toContain('nodejs_eventloop_lag_p99');
  });

  it('serves the Prometheus text format, and HEAD', async () => {
    const exposition = createExposition(new RequestStatistics(), '1.2.3');
    const url = await start(() => Promise.resolve(exposition));
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${url}/metrics?x`, { method });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect((await response.text()) === '').toBe(method === 'HEAD');
    }
  });

  it('serves no other path', async () => {
    const url = await start(() => Promise.reject(new Error('must not be loaded')));
    for (const path of ['/', '/metrics/', '/api/healthcheck']) {
      const response = await fetch(url + path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({
        error: 'Not found. Metrics are at /metrics.',
        app_identifier: IDENTIFIER,
      });
    }
    const response = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await response.json()).toEqual({ error: 'Method not allowed.', app_identifier: IDENTIFIER });
  });

  it('limits its connections, and serves again once some are closed', async () => {
    const url = await start(() => Promise.resolve(createExposition(new RequestStatistics(), '1.2.3')));
    const port = Number(new URL(url).port);
    const clients = await Promise.all(Array.from({ length: 300 }, () => openConnection(port)));
    const isOpen = ({ socket }: (typeof clients)[number]): boolean => !socket.destroyed;
    while (clients.filter(isOpen).length > 100) await new Promise((resolve) => setImmediate(resolve));
    await expect(fetch(`${url}/metrics`)).rejects.toThrow('fetch failed');
    for (const { socket } of clients) socket.destroy();
    while (
      !(await fetch(`${url}/metrics`).then(
        ({ ok }) => ok,
        () => false,
      ))
    );
  });

  it('responds with 500 and reports the error when metrics fail', async () => {
    const error = new Error('no metrics');
    const response = await fetch(`${await start(() => Promise.reject(error))}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'Internal error.', app_identifier: IDENTIFIER });
    expect(failures).toEqual([error]);
  });
});
