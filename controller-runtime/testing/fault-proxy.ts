import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { ApiServerConnection } from '../client/connection.ts';
import { isProxiedWatch, type ProxiedRequest, parseRequest } from './proxied-request.ts';
import { type ProxiedEvent, type RewriteEvent, WatchStream } from './watch-stream.ts';

/** A fault of a request. */
export type Fault =
  /** The request is not forwarded. The response has this code, and a Status unless a body is given. */
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: object;
    }
  /** The connection is reset: before the request is forwarded, or after the API server has processed it. */
  | { readonly type: 'cut before' }
  | { readonly type: 'cut after' }
  /** The same, and all later connections are reset too, as if the operator were killed at this point. */
  | { readonly type: 'kill before' }
  | { readonly type: 'kill after' }
  /** There is no response: the request is not forwarded, or the API server has processed it. */
  | { readonly type: 'hang before' }
  | { readonly type: 'hang after' }
  /** The response ends early, as if it were complete. */
  | { readonly type: 'truncate' }
  /** The response stalls in the middle, and the connection stays open. */
  | { readonly type: 'stall' }
  /** The response is delayed. */
  | { readonly type: 'delay'; readonly ms: number };

/**
 * A proxy between an operator (over plain HTTP) and the API server (with the credentials of a kubeconfig) that injects the
 * faults of a test.
 */
export class FaultProxy {
  /** Every request so far. */
  readonly requests: ProxiedRequest[] = [];
  /** Returns the fault of a request, or undefined. */
  fault: (request: ProxiedRequest) => Fault | undefined = () => undefined;
  /** Returns the events to send instead of an event. */
  rewrite: RewriteEvent = (event) => [event];
  readonly #upstream: ApiServerConnection;
  readonly #server: Server;
  readonly #watches = new Set<WatchStream>();
  readonly #held = new Set<string>();
  /** The resource version at which each of these resources is listed. */
  readonly #stale = new Map<string, string>();
  #isCut = false;

  private constructor(upstream: ApiServerConnection) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => {
      // Broken connections are expected.
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a proxy in front of the API server of a kubeconfig. It uses the kubeconfig's user. */
  static async start(kubeConfig: KubeConfig): Promise<FaultProxy> {
    const proxy = new FaultProxy(new ApiServerConnection(kubeConfig));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** A kubeconfig for this proxy. */
  get kubeConfig(): KubeConfig {
    // SAFETY: a server that listens on TCP has such an address.
    const { port } = this.#server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'proxy', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'anonymous' },
    );
    return config;
  }

  /** The number of open watches. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Delays the events of a resource until the returned function is called. */
  hold(resource: string): () => void {
    this.#held.add(resource);
    return () => {
      this.#held.delete(resource);
      for (const watch of this.#watches) watch.flush();
    };
  }

  /**
   * Serves lists of a resource at a resource version, and no later watch events, until the returned function is called, like
   * an API server with a stale cache.
   */
  makeStale(resource: string, resourceVersion: string): () => void {
    this.#stale.set(resource, resourceVersion);
    const release = this.hold(resource);
    return () => {
      this.#stale.delete(resource);
      release();
    };
  }

  /** Sends an event on every watch. */
  send(event: ProxiedEvent): void {
    for (const watch of this.#watches) watch.send(event);
  }

  /** Resets the connections of all watches. */
  breakWatches(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  /** Resets all open connections and all later ones. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  /** Forwards requests again. */
  mend(): void {
    this.#isCut = false;
  }

  /** Closes all connections and the port. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#upstream.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const request = parseRequest(incoming, this.requests.length);
    this.requests.push(request);
    const fault = this.#faultOf(request);
    if (fault?.type === 'kill before') this.cut();
    else if (fault?.type === 'cut before') response.destroy();
    else if (fault?.type === 'answer') answer(response, fault);
    else if (fault?.type !== 'hang before') await this.#forward(incoming, body, { request, response, fault });
  }

  async #forward(
    { method, url, headers }: IncomingMessage,
    body: Buffer,
    to: { request: ProxiedRequest; response: ServerResponse; fault: Fault | undefined },
  ): Promise<void> {
    const { response } = to;
    const { agent, headers: credentials } = await this.#upstream.get();
    const target = this.#upstreamUrl(url ?? '/', to.request);
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(target, { method, headers: { ...headers, ...credentials, host: target.host }, agent });
    response.once('close', () => sent.destroy());
    sent.end(body);
    // SAFETY: the only argument of the event.
    const [received] = (await once(sent, 'response')) as [IncomingMessage];
    if (to.fault?.type === 'kill after') this.cut();
    else if (isProxiedWatch(to.request) && received.statusCode === 200) this.#follow(received, to);
    else await passOn(received, to);
  }

  #faultOf(request: ProxiedRequest): Fault | undefined {
    if (this.#isCut) return { type: 'cut before' };
    // An older resource version can be listed, but not streamed.
    const isStaleStream = request.verb === 'stream' && this.#stale.has(request.resource);
    return this.fault(request) ?? (isStaleStream ? { type: 'answer', status: 422 } : undefined);
  }

  #upstreamUrl(url: string, { verb, resource }: ProxiedRequest): URL {
    const target = new URL(url, this.#upstream.server);
    const resourceVersion = verb === 'list' ? this.#stale.get(resource) : undefined;
    // A read by name is never stale: it has no resource version, so the server reads from etcd.
    if (resourceVersion === undefined || target.searchParams.has('fieldSelector')) return target;
    target.searchParams.set('resourceVersion', resourceVersion);
    target.searchParams.set('resourceVersionMatch', 'Exact');
    return target;
  }

  #follow(
    received: IncomingMessage,
    { request, response, fault }: { request: ProxiedRequest; response: ServerResponse; fault: Fault | undefined },
  ): void {
    const watch = new WatchStream(received, response, {
      isHeld: () => this.#held.has(request.resource),
      rewrite: (event) => this.rewrite(event, request),
      isTruncated: fault?.type === 'truncate',
    });
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
    if (fault?.type === 'cut after') watch.destroy();
    else if (fault?.type === 'delay') setTimeout(() => watch.start(), fault.ms);
    else if (fault?.type !== 'hang after') watch.start();
  }
}

async function passOn(
  received: IncomingMessage,
  { response, fault }: { response: ServerResponse; fault: Fault | undefined },
): Promise<void> {
  const body = await readAll(received);
  if (fault?.type === 'cut after') {
    response.destroy();
    return;
  }
  if (fault?.type === 'hang after') return;
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = received.headers;
  const send = (): void => {
    response.writeHead(received.statusCode ?? 500, headers);
    const half = body.subarray(0, body.length / 2);
    if (fault?.type === 'stall') response.write(half);
    else response.end(fault?.type === 'truncate' ? half : body);
  };
  if (fault?.type === 'delay') setTimeout(send, fault.ms);
  else send();
}

function answer(
  response: ServerResponse,
  { status, headers, body = statusOf(status) }: Extract<Fault, { type: 'answer' }>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function statusOf(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: 'a fault of the test' };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
