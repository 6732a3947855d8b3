import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { stopGracefully } from './graceful-stop.ts';
import { OpenConnection } from './open-connection.ts';
import { openConnection } from './testing/raw-exchange.ts';
import { expectHealthy, type RunningService, startService } from './testing/running-service.ts';

let service: RunningService;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

describe('stopGracefully', () => {
  it('does not wait for old connections that were never used', async () => {
    const lingerMs = 20_000;
    const { socket } = await openConnection(service.port);
    const closed = once(socket, 'close');
    await expectHealthy(service);
    const beganMs = performance.now();
    const connections = new Map(
      Array.from(service.connections.keys(), (each) => [each, new OpenConnection(each, beganMs - lingerMs)]),
    );
    expect(connections.size).toBe(1);
    await stopGracefully(service.server, connections, { drainMs: 0, lingerMs });
    await closed;
    expect(performance.now() - beganMs).toBeLessThan(lingerMs);
  });

  it('waits for new connections, and closes them at the deadline', async () => {
    const { socket } = await openConnection(service.port);
    const closed = once(socket, 'close');
    await expectHealthy(service);
    const beganMs = performance.now();
    await stopGracefully(service.server, service.connections, { drainMs: 0, lingerMs: 200 });
    await closed;
    expect(performance.now() - beganMs).toBeGreaterThan(100);
  });
});
