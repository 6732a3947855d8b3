import { type Answer, type PageServer, servePages } from '../server/http-server.ts';
import type { Manager } from './manager.ts';

/**
 * Serves the probes of a pod that runs a manager: `/healthz`, and `/readyz`, which fails until the caches are synced. Port 0
 * stands for any free port. Rejects if the port is unavailable.
 */
export function serveHealth(manager: Pick<Manager, 'hasSynced'>, port: number): Promise<PageServer> {
  return servePages('health', port, {
    '/healthz': () => plain(200, 'ok'),
    '/readyz': () => (manager.hasSynced() ? plain(200, 'ok') : plain(503, 'the caches are not synced yet')),
  });
}

/** Serves the metrics of a manager at `/metrics`, like `serveHealth`. */
export function serveMetrics({ registry }: Pick<Manager, 'registry'>, port: number): Promise<PageServer> {
  return servePages('metrics', port, {
    '/metrics': async () => ({ status: 200, contentType: registry.contentType, body: await registry.metrics() }),
  });
}

function plain(status: number, line: string): Promise<Answer> {
  return Promise.resolve({ status, contentType: 'text/plain', body: `${line}\n` });
}
