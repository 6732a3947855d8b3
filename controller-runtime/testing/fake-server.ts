import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { KubeClient, type KubeClientOptions } from '../client/client.ts';
import { ApiServerConnection } from '../client/connection.ts';

/** A request that the server received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON; undefined if the request has no body. */
  readonly body: unknown;
}

/** A request that a test answers, in full or in pieces. */
export class Exchange {
  readonly request: ReceivedRequest;
  readonly #response: ServerResponse;

  constructor(request: ReceivedRequest, response: ServerResponse) {
    this.request = request;
    this.#response = response;
  }

  /** Resolves once the response is complete, or the client has closed the connection. */
  get closed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#response.closed) resolve();
    else this.#response.once('close', resolve);
    return promise;
  }

  /** Resolves once the connection is closed. A connection can serve several exchanges. */
  get disconnected(): Promise<void> {
    const { socket } = this.#response.req;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
    return promise;
  }

  /** Sends a complete response: a string as is, anything else as JSON. */
  answer(code: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
    this.#response.writeHead(code, headers);
    this.#response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** Sends an error response of the API server. */
  refuse(code: number, status: object = {}, headers: OutgoingHttpHeaders = {}): void {
    this.answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...status }, headers);
  }

  /** Sends the headers of a response. Use `write` to send its body. */
  begin(headers: OutgoingHttpHeaders = {}): void {
    this.#response.writeHead(200, headers);
    this.#response.flushHeaders();
  }

  /** Writes a piece of the response. Resolves once it is flushed to the network. */
  write(piece: string | Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#response.write(piece, () => resolve());
    return promise;
  }

  /** Writes a watch event. */
  writeEvent(type: string, object: object): void {
    this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Ends the response. */
  end(): void {
    this.#response.end();
  }

  /** Resets the connection. */
  reset(): void {
    this.#response.destroy();
  }
}

/** A local HTTP server whose requests a test answers one by one. */
export class FakeServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #waiting: Exchange[] = [];
  readonly #takers: ((exchange: Exchange) => void)[] = [];
  #count = 0;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#receive(request, response));
  }

  /** Listens on a free port. */
  static async start(): Promise<FakeServer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new FakeServer(server, `http://127.0.0.1:${address.port}`);
  }

  /** The number of requests received. */
  get count(): number {
    return this.#count;
  }

  /** Resolves to the next request. */
  next(): Promise<Exchange> {
    const exchange = this.#waiting.shift();
    if (exchange !== undefined) return Promise.resolve(exchange);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Returns a client of this server. */
  client(options: Partial<KubeClientOptions> = {}): KubeClient {
    return new KubeClient({
      connection: new ApiServerConnection(kubeConfigOf(this.url)),
      userAgent: 'test/1',
      ...options,
    });
  }

  /** Returns a client of this server that keeps idle connections, as every client does over HTTPS. */
  keepAliveClient(): KubeClient {
    const config = kubeConfigOf(this.url);
    // Over plain HTTP, the library's agent keeps no connections.
    Object.assign(config, { createAgent: () => new Agent({ keepAlive: true }) });
    return this.client({ connection: new ApiServerConnection(config) });
  }

  /** Closes all connections and frees the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await text(request);
    const exchange = new Exchange(
      {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: body === '' ? undefined : JSON.parse(body),
      },
      response,
    );
    this.#count += 1;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.push(exchange);
    else taker(exchange);
  }
}

/** The field manager of the clients. */
export const FIELD_MANAGER = 'test';

/** Returns a kubeconfig with one cluster. */
export function kubeConfigOf(server: string, user: Partial<User> = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'test', server, skipTLSVerify: true }],
    users: [{ name: 'test', ...user }],
    contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
    currentContext: 'test',
  });
  return config;
}
