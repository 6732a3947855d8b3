import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import type { TestServer } from './test-server.ts';

/** Forwards TCP between an operator and the API server, and can drop packets silently, as a lost route does. */
export class TcpProxy {
  readonly #upstream: URL;
  readonly #kubeconfigPath: string;
  readonly #server: Server;
  readonly #connections = new Map<Socket, Socket>();
  readonly #frozen: Socket[] = [];

  private constructor({ apiServer: { url, kubeconfigPath } }: TestServer) {
    this.#upstream = new URL(url);
    this.#kubeconfigPath = kubeconfigPath;
    this.#server = createServer((socket) => this.#forward(socket));
  }

  /** Starts a proxy in front of an API server. */
  static async start(server: TestServer): Promise<TcpProxy> {
    const proxy = new TcpProxy(server);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** A kubeconfig that points to this proxy. */
  get kubeConfig(): KubeConfig {
    const config = loadKubeConfig({ kubeconfig: this.#kubeconfigPath });
    // SAFETY: a server that listens on TCP has an AddressInfo.
    const { port } = this.#server.address() as AddressInfo;
    Object.assign(config.getCurrentCluster() ?? {}, { server: `https://127.0.0.1:${port}` });
    return config;
  }

  /** The number of connections that forward bytes. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Stops forwarding on every open connection without closing it. New connections work. */
  freeze(): void {
    for (const [from, to] of this.#connections) {
      from.unpipe(to).pause();
      to.unpipe(from).pause();
      this.#frozen.push(from, to);
    }
    this.#connections.clear();
  }

  /** Closes all connections and the port. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of [...this.#frozen, ...this.#connections.keys(), ...this.#connections.values()])
      socket.destroy();
    await once(this.#server, 'close');
  }

  #forward(from: Socket): void {
    const to = connect(Number(this.#upstream.port), this.#upstream.hostname);
    this.#connections.set(from, to);
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) {
      // Each peer handles its own connection errors.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        if (!this.#connections.delete(from)) return;
        from.destroy();
        to.destroy();
      });
    }
  }
}
