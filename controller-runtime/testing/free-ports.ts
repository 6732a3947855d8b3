import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the kernel's range for outgoing connections: a port of that range could be taken by a client while a server that
 * restarts is away, even by the client that is trying to reach it.
 */
const FIRST = 20_000;
const LAST = 29_999;

/** Finds ports of 127.0.0.1 that nothing listens on; chosen at random, so that two who look at once do not meet. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
