import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ApiServer } from '../controller-runtime/testing/api-server.ts';

/** A TCP proxy to an API server that delays every response. */
export interface DelayedResponses {
  /** How many chunks of responses it has forwarded so far. */
  readonly chunks: number;
  close(): Promise<void>;
}

/** Starts the proxy, and writes a kubeconfig that uses it. */
export async function delayResponses(
  { kubeconfigPath, url }: Pick<ApiServer, 'kubeconfigPath' | 'url'>,
  { delayMs, kubeconfig }: { readonly delayMs: number; readonly kubeconfig: string },
): Promise<DelayedResponses> {
  const { hostname: host, port } = new URL(url);
  const open = new Set<Socket>();
  let chunks = 0;
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(port) });
    for (const socket of [client, upstream]) {
      open.add(socket);
      // The close handlers end the other side.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    // Timers of the same length fire in the order of their start.
    upstream.on('data', (chunk) => {
      chunks += 1;
      setTimeout(() => client.write(chunk), delayMs);
    });
    upstream.on('close', () => setTimeout(() => client.destroy(), delayMs));
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // SAFETY: a server that listens on TCP has an AddressInfo.
  const address = server.address() as AddressInfo;
  const direct = await readFile(kubeconfigPath, 'utf8');
  await writeFile(kubeconfig, direct.replace(url, `https://127.0.0.1:${address.port}`));
  return {
    get chunks() {
      return chunks;
    },
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
