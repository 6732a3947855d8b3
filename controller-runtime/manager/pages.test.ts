import { afterEach, expect, it } from '@jest/globals';
import { Registry } from '@prometheus-io/client';
import type { PageServer } from '../server/http-server.ts';
import { serveHealth, serveMetrics } from './pages.ts';

let server: PageServer | undefined;

afterEach(async () => {
  await server?.close();
});

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server?.port ?? 0}${path}`);
  return { status: response.status, text: await response.text() };
}

it('the probes say whether the process lives, and whether its caches are synced', async () => {
  let hasSynced = false;
  server = await serveHealth({ hasSynced: () => hasSynced }, 0);
  expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await get('/readyz')).toEqual({ status: 503, text: 'the caches are not synced yet\n' });
  hasSynced = true;
  expect(await get('/readyz')).toEqual({ status: 200, text: 'ok\n' });
});

it('the metrics are those of the registry', async () => {
  const registry = new Registry();
  server = await serveMetrics({ registry }, 0);
  expect(await get('/metrics')).toEqual({ status: 200, text: await registry.metrics() });
});
