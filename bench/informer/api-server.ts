import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WatchEvent, WatchStream } from './watch-stream.ts';

/** The only namespace. */
export const NAMESPACE = 'default';
const PATH = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
/** Time for the first half of a response to reach the client before the connection is reset. */
const RESET_DELAY_MS = 20;

/** A request for objects. */
export interface ApiRequest {
  /** A watch that starts with the initial list (`sendInitialEvents`) counts as a list. */
  readonly type: 'list' | 'watch';
  readonly isStreamed: boolean;
  readonly isBookmarked: boolean;
  /** The resource version at which the watch starts; 0 for a list. */
  readonly resourceVersion: number;
  /** By the monotonic clock. */
  readonly receivedMs: number;
}

/** A fault instead of a regular response. */
export type Fault =
  | { readonly type: 'status'; readonly code: number; readonly retryAfterSeconds?: number }
  /** Sends the first half of the response and resets the connection. */
  | { readonly type: 'reset' }
  /** Accepts the watch, sends these events and ends it. */
  | { readonly type: 'end'; readonly events: readonly WatchEvent[] };

/** Returns the fault of a request, or undefined. */
export type FaultSelector = (request: ApiRequest) => Fault | undefined;

interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

/** A small API server over plain HTTP: lists and watches of ConfigMaps in one namespace. */
export class ApiServer implements AsyncDisposable {
  /** Every request so far, with its fault. */
  readonly requests: (ApiRequest & { readonly fault: Fault | undefined })[] = [];
  fault: FaultSelector = () => undefined;
  readonly #server: Server;
  readonly #objects = new Map<string, ConfigMap>();
  readonly #history: WatchEvent[] = [];
  readonly #watches = new Set<WatchStream>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', ({ url }: IncomingMessage, response: ServerResponse) => {
      this.#receive(new URL(url ?? '/', 'http://127.0.0.1'), response);
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<ApiServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ApiServer(server);
  }

  get port(): number {
    // SAFETY: a server that listens on TCP has such an address.
    return (this.#server.address() as AddressInfo).port;
  }

  /** The resource version of the last change. */
  get resourceVersion(): number {
    return this.#history.length;
  }

  /** The watches that are open. */
  get watches(): ReadonlySet<WatchStream> {
    return this.#watches;
  }

  /** The resource version of each object, by name. */
  get state(): ReadonlyMap<string, string> {
    return new Map([...this.#objects.values()].map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  }

  /** Creates an object, or updates it if it exists. */
  put(name: string): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const object = this.#nextVersion(name);
    this.#objects.set(name, object);
    this.#record({ type, object });
  }

  delete(name: string): void {
    const object = this.#nextVersion(name);
    this.#objects.delete(name);
    this.#record({ type: 'DELETED', object });
  }

  /** The last change, as an event. */
  lastEvent(): WatchEvent {
    const event = this.#history.at(-1);
    if (event === undefined) throw new Error('no object has been written yet');
    return event;
  }

  /** The changes since a resource version. */
  eventsAfter(resourceVersion: number): readonly WatchEvent[] {
    return this.#history.slice(resourceVersion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #nextVersion(name: string): ConfigMap {
    const resourceVersion = String(this.resourceVersion + 1);
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: NAMESPACE, uid: name, resourceVersion },
    };
  }

  #record(event: WatchEvent): void {
    this.#history.push(event);
    for (const watch of this.#watches) watch.send(event);
  }

  #receive(url: URL, response: ServerResponse): void {
    if (url.pathname !== PATH) {
      sendStatus(response, { code: 404 });
      return;
    }
    const request = parseRequest(url.searchParams);
    const fault = this.fault(request);
    this.requests.push({ ...request, fault });
    if (fault?.type === 'status') sendStatus(response, fault);
    else if (fault?.type === 'end') endAfter(response, fault.events);
    else if (fault?.type === 'reset') this.#resetHalfWay(response, request);
    else this.#answer(response, request);
  }

  #answer(response: ServerResponse, request: ApiRequest): void {
    if (request.type === 'list' && !request.isStreamed) {
      response.setHeader('content-type', 'application/json').end(this.#list());
      return;
    }
    const watch = new WatchStream(response, request.isBookmarked ? () => this.#bookmark() : undefined);
    const missed = request.isStreamed ? this.#initialEvents() : this.eventsAfter(request.resourceVersion);
    for (const event of missed) watch.send(event);
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
  }

  #list(): string {
    const metadata = { resourceVersion: String(this.resourceVersion) };
    return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMapList', metadata, items: [...this.#objects.values()] });
  }

  #initialEvents(): WatchEvent[] {
    const added = [...this.#objects.values()].map((object): WatchEvent => ({ type: 'ADDED', object }));
    return [...added, this.#bookmark({ 'k8s.io/initial-events-end': 'true' })];
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): WatchEvent {
    const metadata = { resourceVersion: String(this.resourceVersion), annotations };
    return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } };
  }

  #resetHalfWay(response: ServerResponse, { isStreamed }: ApiRequest): void {
    const text = isStreamed
      ? this.#initialEvents()
          .map((event) => `${JSON.stringify(event)}\n`)
          .join('')
      : this.#list();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(text.slice(0, text.length / 2), () => {
      setTimeout(() => response.socket?.resetAndDestroy(), RESET_DELAY_MS);
    });
  }
}

function parseRequest(query: URLSearchParams): ApiRequest {
  const isStreamed = query.get('sendInitialEvents') === 'true';
  return {
    type: query.get('watch') === 'true' && !isStreamed ? 'watch' : 'list',
    isStreamed,
    isBookmarked: query.get('allowWatchBookmarks') === 'true',
    resourceVersion: Number(query.get('resourceVersion') ?? 0),
    receivedMs: performance.now(),
  };
}

/** An ERROR event with a Status of this code. */
export function errorEvent(code: number): WatchEvent {
  return { type: 'ERROR', object: statusOf(code) };
}

function endAfter(response: ServerResponse, events: readonly WatchEvent[]): void {
  const watch = new WatchStream(response);
  for (const event of events) watch.send(event);
  watch.end();
}

function sendStatus(
  response: ServerResponse,
  { code, retryAfterSeconds }: { readonly code: number; readonly retryAfterSeconds?: number },
): void {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(statusOf(code)));
}

function statusOf(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'an injected fault', code };
}
