import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Forwards TCP connections to a port of 127.0.0.1, until they are declared dead. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<{ readonly client: Socket; readonly upstream: Socket }>();

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    server.on('connection', (client: Socket) => this.#forward(client, targetPort));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, targetPort);
  }

  get port(): number {
    // SAFETY: a server that listens on TCP has such an address.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops forwarding on the open connections without closing them. New connections work. */
  killConnections(): void {
    for (const { client, upstream } of this.#open) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      // Received bytes are dropped, so that neither side blocks.
      client.resume();
      upstream.resume();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const { client, upstream } of this.#open) {
      client.destroy();
      upstream.destroy();
    }
    await once(this.#server, 'close');
  }

  #forward(client: Socket, targetPort: number): void {
    const upstream = connect(targetPort, '127.0.0.1');
    const pair = { client, upstream };
    this.#open.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.once('close', () => {
      upstream.destroy();
      this.#open.delete(pair);
    });
  }
}
