import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { readCredentials } from '../../local-cluster/control-plane/api-request.ts';
import { isProxiedWatch, type ProxiedRequest, parseRequest } from './proxied-request.ts';
import type { TestServer } from '../../integration/testing/test-server.ts';
import { type ProxiedEvent, type RewriteEvent, WatchStream } from './watch-stream.ts';

/** What goes wrong with a request. */
export type Fault =
  /** The API server never sees it; this is answered instead, with a Status unless there is a body. */
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: object;
    }
  /** The connection breaks: before the API server has seen the request, or after it has done what was asked. */
  | { readonly type: 'cut before' }
  | { readonly type: 'cut after' }
  /** The same, and from then on nothing passes: as if the operator had been killed there. */
  | { readonly type: 'kill before' }
  | { readonly type: 'kill after' }
  /** Nobody ever answers: the API server has not seen it, or it has done what was asked. */
  | { readonly type: 'hang before' }
  | { readonly type: 'hang after' }
  /** The answer ends in its middle, as if that were its end. */
  | { readonly type: 'truncate' }
  /** The answer stops in its middle, and the connection stays open. */
  | { readonly type: 'stall' }
  /** The answer comes late. */
  | { readonly type: 'delay'; readonly ms: number };

/**
 * Stands between an operator and the API server, with plain HTTP towards the one and a client certificate towards the
 * other, and does to their traffic what a test says.
 */
export class FaultProxy {
  /** Every request so far. */
  readonly requests: ProxiedRequest[] = [];
  /** Says what goes wrong with a request. */
  fault: (request: ProxiedRequest) => Fault | undefined = () => undefined;
  /** Says what a watch tells in place of an event. */
  rewrite: RewriteEvent = (event) => [event];
  readonly #upstream: URL;
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #watches = new Set<WatchStream>();
  readonly #held = new Set<string>();
  /** As of which resource version each of these resources is listed. */
  readonly #stale = new Map<string, string>();
  #isCut = false;

  private constructor(upstream: URL, agent: Agent) {
    this.#upstream = upstream;
    this.#agent = agent;
    this.#server = createServer((request, response) => {
      // A broken connection is what this proxy is for.
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a proxy in front of an API server. */
  static async start(server: TestServer): Promise<FaultProxy> {
    const credentials = await readCredentials(server.controlPlane.kubeconfigPath);
    const { certificateAuthority: ca, clientCertificate: cert, clientKey: key } = credentials;
    const proxy = new FaultProxy(new URL(credentials.server), new Agent({ ca, cert, key, keepAlive: true }));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** How an operator finds this proxy. */
  get kubeConfig(): KubeConfig {
    // SAFETY: a server that listens on TCP has such an address.
    const { port } = this.#server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'proxy', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'nobody' },
    );
    return config;
  }

  /** How many watches are under way. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Holds back what watches of a resource tell, until the returned function is called. */
  hold(resource: string): () => void {
    this.#held.add(resource);
    return () => {
      this.#held.delete(resource);
      for (const watch of this.#watches) watch.flush();
    };
  }

  /**
   * Answers lists of a resource as of a resource version, and lets watches of it tell nothing that came after, until the
   * returned function is called: as an API server does that is behind the others.
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

  /** Breaks the connections of all watches. */
  breakWatches(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  /** From now on nothing passes: what is open is reset, and what comes is too. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  /** Lets everything pass again. */
  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
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
    const sent = httpsRequest(this.#upstreamUrl(url ?? '/', to.request), {
      method,
      headers: { ...headers, host: this.#upstream.host },
      agent: this.#agent,
    });
    response.once('close', () => sent.destroy());
    sent.end(body);
    // SAFETY: the event's one argument.
    const [received] = (await once(sent, 'response')) as [IncomingMessage];
    if (to.fault?.type === 'kill after') this.cut();
    else if (isProxiedWatch(to.request) && received.statusCode === 200) this.#follow(received, to);
    else await passOn(received, to);
  }

  #faultOf(request: ProxiedRequest): Fault | undefined {
    if (this.#isCut) return { type: 'cut before' };
    // What there was in the past can be listed, but not streamed.
    const isStaleStream = request.verb === 'stream' && this.#stale.has(request.resource);
    return this.fault(request) ?? (isStaleStream ? { type: 'answer', status: 422 } : undefined);
  }

  #upstreamUrl(url: string, { verb, resource }: ProxiedRequest): URL {
    const target = new URL(url, this.#upstream);
    const resourceVersion = verb === 'list' ? this.#stale.get(resource) : undefined;
    if (resourceVersion === undefined) return target;
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
