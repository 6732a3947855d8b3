import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { computeMaxConnections, trackConnections } from './open-connections.ts';
import { openConnection } from './testing/raw-exchange.ts';
import { expectHealthy, GET_HEALTH, type RunningService, startService } from './testing/running-service.ts';

describe('computeMaxConnections', () => {
  it.each([
    ['the operator’s default limit', 128 * 2 ** 20, 2_578],
    ['a gibibyte', 2 ** 30, 36_560],
    ['less than the program needs', 32 * 2 ** 20, 100],
    ['nobody knows how much', 0, Number.POSITIVE_INFINITY],
  ])('for %s', (_memory, bytes, connections) => {
    expect(computeMaxConnections(bytes)).toBe(connections);
  });
});

describe('trackConnections', () => {
  let service: RunningService;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.close());

  it('knows the connections that are open', async () => {
    const connections = trackConnections(service.server, 10, () => {});
    const { socket } = await openConnection(service.port);
    await expectHealthy(service);
    expect(connections.size).toBe(1);
    socket.destroy();
    while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('closes the oldest, whatever they do, when there are too many', async () => {
    let evicted = 0;
    const connections = trackConnections(service.server, 20, () => (evicted += 1));
    const clients = [];
    for (const sent of ['', 'GET /', ...Array.from({ length: 19 }, () => GET_HEALTH)]) {
      const client = await openConnection(service.port);
      client.socket.write(sent);
      clients.push(client);
    }
    while (!clients.slice(0, 2).every(({ socket }) => socket.destroyed))
      await new Promise((resolve) => setImmediate(resolve));
    expect(evicted).toBe(2);
    expect(clients.slice(2).some(({ socket }) => socket.destroyed)).toBe(false);
    expect(connections.size).toBe(19);
    await expectHealthy(service);
    for (const { socket } of clients) socket.destroy();
  });
});
