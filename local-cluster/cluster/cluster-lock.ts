import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { waitUntil } from '../process/wait-until.ts';

const PATIENCE_MS = 20 * 60 * 1000;

/**
 * Runs an action on a cluster under an exclusive lock. The lock is a listening abstract socket, which the kernel closes with
 * the process that holds it, so a crash never leaves a stale lock.
 */
export async function withClusterLock<T>(
  stateDirectory: string,
  log: (line: string) => void,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let hasLogged = false;
  const lock = await waitUntil(
    {
      what: `another command on the cluster in ${stateDirectory} to finish`,
      timeoutMs: PATIENCE_MS,
      intervalMs: 250,
      probe: async () => {
        const server = await tryListen(lockName(stateDirectory));
        if (server === undefined && !hasLogged) {
          hasLogged = true;
          log('waiting for another command on this cluster to finish');
        }
        return server;
      },
    },
    signal,
  );
  try {
    return await action();
  } finally {
    await new Promise((closed) => {
      lock.close(closed);
    });
  }
}

/** An abstract address: a NUL and a name within the length limit of the kernel. */
function lockName(stateDirectory: string): string {
  const digest = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 32);
  return `\0temperature-converter-operator/${digest}`;
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}
