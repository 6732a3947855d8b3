import type { Server } from 'node:http';

const NO_SUCH_ADDRESS =
  'this machine does not have this address. Set HOST to one of its addresses, or unset HOST to listen on all of them.';

/** A server cannot listen on its endpoint. The message says why, and which variable to change. */
export class ListenError extends Error {
  override name = 'ListenError';
}

/** The endpoint of a server, and the environment variable that sets its port. */
export interface Endpoint {
  host: string | undefined;
  port: number;
  variable: 'PORT' | 'METRICS_PORT';
}

const EXPLANATIONS = new Map<string | undefined, (variable: string) => string>([
  ['EADDRINUSE', (name) => `another process uses this port. Stop that process, or set ${name} to a free port.`],
  ['EACCES', (name) => `this user has no permission to use this port. Set ${name} to 1024 or higher.`],
  ['EADDRNOTAVAIL', () => NO_SUCH_ADDRESS],
  ['ENOTFOUND', () => NO_SUCH_ADDRESS],
]);

/** Starts to listen. Rejects with a ListenError if that fails. */
export function listen(server: Server, { host, port, variable }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = EXPLANATIONS.get(error.code)?.(variable) ?? error.message;
      reject(new ListenError(`Cannot listen on ${host ?? 'all addresses'}, port ${port}: ${why}`));
    });
    server.listen({ port, host }, resolve);
  });
}
