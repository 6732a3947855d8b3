import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { computeMaxConnections } from './open-connections.ts';
import { openConnection } from './testing/raw-exchange.ts';
import { expectHealthy, GET_HEALTH, type RunningService, startService } from './testing/running-service.ts';

describe('computeMaxConnections', () => {
  it.each([
    ['the operator’s default limit', 128 * 2 ** 20, 2_578],
    ['a gibibyte', 2 ** 30, 36_560],
    ['less than the program needs', 32 * 2 ** 20, 100],
    ['an unknown limit', 0, Number.POSITIVE_INFINITY],
  ])('for %s', (_memory, bytes, connections) => {
    expect(computeMaxConnections(bytes)).toBe(connections);
  });
});

describe('the connections of a server', () => {
  let service: RunningService;
  beforeEach(async () => {
    service = await startService({ maxConnections: 20 });
  });
  afterEach(() => service.close());

  it('are tracked until they close', async () => {
    const { connections } = service;
    const { socket } = await openConnection(service.port);
    await expectHealthy(service);
    expect(connections.size).toBe(1);
    socket.destroy();
    while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('are evicted above the maximum, oldest first, even during a request', async () => {
    const { connections, statistics } = service;
    const clients = [];
    for (const sent of ['', 'GET /', ...Array.from({ length: 19 }, () => GET_HEALTH)]) {
      const client = await openConnection(service.port);
      client.socket.write(sent);
      clients.push(client);
    }
    while (!clients.slice(0, 2).every(({ socket }) => socket.destroyed))
      await new Promise((resolve) => setImmediate(resolve));
    expect(statistics.evicted()).toBe(2);
    expect(clients.slice(2).some(({ socket }) => socket.destroyed)).toBe(false);
    expect(connections.size).toBe(19);
    await expectHealthy(service);
    for (const { socket } of clients) socket.destroy();
  });

  it('are evicted above the maximum, unused ones before older ones', async () => {
    await service.close();
    service = await startService({ maxConnections: 10, limits: { headersTimeout: 1, requestTimeout: 1_000 } });
    const clients: Awaited<ReturnType<typeof openConnection>>[] = [];
    for (const sent of [GET_HEALTH, '', ...Array.from({ length: 8 }, () => GET_HEALTH)]) {
      const client = await openConnection(service.port);
      client.socket.write(sent);
      clients.push(client);
    }
    while (clients.filter(({ received }) => received().endsWith('}')).length < 9)
      await new Promise((resolve) => setImmediate(resolve));
    await expectHealthy(service);
    while (!clients.some(({ socket }) => socket.destroyed)) await new Promise((resolve) => setImmediate(resolve));
    expect(clients.map(({ socket }) => socket.destroyed).indexOf(true)).toBe(1);
    expect(service.statistics.evicted()).toBe(1);
    for (const { socket } of clients) socket.destroy();
  });
});
