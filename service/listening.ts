import type { Server } from 'node:http';

const NO_SUCH_ADDRESS =
  'this machine has no such address. Set HOST to one that it has, or leave it out to listen on all of them.';

/** A server could not listen where it was told to; the message says why, and which variable to change. */
export class ListenError extends Error {
  override name = 'ListenError';
}

/** Where a server shall listen, and the environment variable that says so. */
export interface Endpoint {
  host: string | undefined;
  port: number;
  variable: 'PORT' | 'METRICS_PORT';
}

const EXPLANATIONS = new Map<string | undefined, (variable: string) => string>([
  ['EADDRINUSE', (name) => `another process has this port. Stop that process, or set ${name} to a free port.`],
  ['EACCES', (name) => `this user may not use this port. Set ${name} to a port from 1024 up.`],
  ['EADDRNOTAVAIL', () => NO_SUCH_ADDRESS],
  ['ENOTFOUND', () => NO_SUCH_ADDRESS],
]);

/** Starts to listen; throws ListenError if that is not possible. */
export function listen(server: Server, { host, port, variable }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = EXPLANATIONS.get(error.code)?.(variable) ?? error.message;
      reject(new ListenError(`Cannot listen on ${host ?? 'all addresses'}, port ${port}: ${why}`));
    });
    server.listen({ port, host }, resolve);
  });
}
