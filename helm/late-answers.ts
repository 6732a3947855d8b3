import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ApiServer } from '../controller-runtime/testing/api-server.ts';

/** A way to an API server on which whatever it says arrives late. */
export interface LateAnswers {
  /** How many pieces of answers have passed so far. */
  readonly passed: number;
  close(): Promise<void>;
}

/** Opens such a way, and writes a kubeconfig that takes it. */
export async function delayAnswers(
  { kubeconfigPath, url }: Pick<ApiServer, 'kubeconfigPath' | 'url'>,
  { delayMs, kubeconfig }: { readonly delayMs: number; readonly kubeconfig: string },
): Promise<LateAnswers> {
  const { hostname: host, port } = new URL(url);
  const open = new Set<Socket>();
  let passed = 0;
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(port) });
    for (const socket of [client, upstream]) {
      open.add(socket);
      // Each side learns of the other's end by its own.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    // Timers of the same length fire in their order.
    upstream.on('data', (piece) => {
      passed += 1;
      setTimeout(() => client.write(piece), delayMs);
    });
    upstream.on('close', () => setTimeout(() => client.destroy(), delayMs));
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // SAFETY: a server that listens on TCP has such an address.
  const address = server.address() as AddressInfo;
  const direct = await readFile(kubeconfigPath, 'utf8');
  await writeFile(kubeconfig, direct.replace(url, `https://127.0.0.1:${address.port}`));
  return {
    get passed() {
      return passed;
    },
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
