import { createServer, IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Express, Request, Response } from 'express';
import { answer, formatError } from './answer.ts';
import { isHostValid } from './host-header.ts';
import type { OpenConnection } from './open-connection.ts';
import { trackConnections } from './open-connections.ts';
import {
  BAD_REQUEST,
  decideRefusal,
  EXPECTATION_FAILED,
  type Refusal,
  SlowRequestError,
  TOO_SLOW,
  type UnreadableRequestError,
} from './refusal.ts';
import { isUnambiguous } from './request-framing.ts';
import { labelMethod, type RequestStatistics } from './request-statistics.ts';
import { canonicalizeTarget, isTargetWellFormed } from './request-target.ts';

/** An entry of the request log. */
export interface AnsweredRequest {
  method: string;
  /** The target as the client wrote it. */
  target: string;
  /** The status that was sent, or CLIENT_CLOSED_REQUEST. */
  status: number;
  durationMs: number;
}

/** Options of `createPublicServer`. */
export interface PublicServerOptions {
  identifier: string;
  statistics: RequestStatistics;
  /** How many connections may be open at once; Infinity for no limit. */
  maxConnections: number;
  /** Whether shutdown has begun. Every response then has `Connection: close`. */
  isStopping: () => boolean;
  /** Called for each routed request once its response is sent, or cannot be sent; undefined while request logs are off. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** Called for each request that could not be read, with the status that was sent or CLIENT_CLOSED_REQUEST. */
  onRefused?: (status: number, reason: string) => void;
}

/** Limits of a request: milliseconds, and bytes of the request line and headers. */
export const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  // Longer than the usual 60 s of load balancers and proxies: the side that sends requests must close first, or it
  // may send one on a connection that this server is closing.
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const;

/** The status in logs and metrics if the client disconnected before the response was sent. As in nginx. */
export const CLIENT_CLOSED_REQUEST = 499;

/** How long a client may take to read the last response before the server destroys the connection. */
const LINGER_MS = 1_000;

/** A server and its open connections. */
export interface PublicServer {
  server: Server;
  connections: ReadonlyMap<Socket, OpenConnection>;
}

/**
 * Creates an HTTP server, not listening yet, that routes requests to the application and answers malformed ones in JSON.
 * `limits` overrides some of LIMITS.
 */
export function createPublicServer(
  application: Express,
  options: PublicServerOptions,
  limits: Partial<Record<keyof typeof LIMITS, number>> = {},
): PublicServer {
  const { identifier, statistics, maxConnections, isStopping, onAnswered, onRefused } = options;
  const allLimits = { ...LIMITS, ...limits };
  const refused = new WeakSet<Socket>();

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const begunMs = performance.now();
    const { method = '', url: target = '' } = request;
    // After `Upgrade`, Node's parser drops the rest of the packet even if the upgrade is ignored.
    if (isStopping() || request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const connection = connections.get(request.socket);
    connection?.receive(response);
    if (!isRoutable(request)) return refuseRequest(response, BAD_REQUEST);

    onSent(response, (status) => {
      connection?.release(response);
      const durationMs = performance.now() - begunMs;
      // The router has put the route on the request, if one matched.
      const route = (request as Request).route as { path: string } | undefined;
      statistics.observe(route?.path ?? 'unmatched', labelMethod(method), status, durationMs / 1_000);
      onAnswered?.({ method, target, status, durationMs });
    });
    request.url = canonicalizeTarget(target);
    application(request, response);
  }

  /** Rejects a parsed request that must not be routed, and closes its connection. */
  function refuseRequest(response: ServerResponse, { status, error }: Refusal): void {
    response.shouldKeepAlive = false;
    onSent(response, (sent) => recordRefusal(sent, 'not routed'));
    answer(response, status, formatError(error, identifier));
  }

  function recordRefusal(status: number, reason: string): void {
    statistics.refuse(status);
    onRefused?.(status, reason);
  }

  /** Rejects an unreadable request after the responses to the requests before it. */
  function refuseConnection(error: UnreadableRequestError, socket: Socket): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    refuseWhenAnswered(error, socket);
  }

  function refuseWhenAnswered(error: UnreadableRequestError, socket: Socket): void {
    const before = connections.get(socket)?.unansweredResponse;
    if (before !== undefined) before.on('close', () => refuseWhenAnswered(error, socket));
    // Responses may not be flushed to the socket yet.
    else setImmediate(() => refuseNow(error, socket));
  }

  function refuseNow(error: UnreadableRequestError, socket: Socket): void {
    if (!socket.writable) return void socket.destroy();
    if (connections.get(socket)?.isAnsweredEarly) {
      // Only the body is malformed or slow. The client would mistake a second response for that of its next request.
      socket.end();
    } else {
      const refusal = decideRefusal(error);
      socket.end(formatRefusal(refusal, identifier), (failure?: Error | null) => {
        recordRefusal(failure ? CLIENT_CLOSED_REQUEST : refusal.status, error.code ?? error.message);
      });
    }
    destroyLater(socket);
  }

  function checkDelays(): void {
    const nowMs = performance.now();
    for (const connection of connections.values()) {
      const delay = connection.findDelay(nowMs, allLimits);
      if (delay === 'first request') connection.socket.destroy();
      if (delay === 'head') refuseConnection(new SlowRequestError(), connection.socket);
    }
  }

  const server = createServer(
    {
      ...allLimits,
      ...adoptClasses(application),
      joinDuplicateHeaders: true,
      // Node's own response to a missing Host is not JSON.
      requireHostHeader: false,
      optimizeEmptyRequests: true,
    },
    serve,
  );
  const connections = trackConnections(server, { max: maxConnections, unusedMs: allLimits.headersTimeout }, () =>
    statistics.evict(),
  );
  server.on('listening', () => {
    const checks = setInterval(checkDelays, allLimits.connectionsCheckingInterval).unref();
    server.once('close', () => clearInterval(checks));
  });
  server.on('clientError', (error: UnreadableRequestError, socket) => {
    // Node counts from when the connection was opened, until a request has begun: `checkDelays` does it from the first byte.
    if (error.code === TOO_SLOW && connections.get(socket as Socket)?.isUsed === false) return;
    refuseConnection(error, socket as Socket);
  });
  server.on('checkExpectation', (request, response) => {
    refuseRequest(response, isRoutable(request) ? EXPECTATION_FAILED : BAD_REQUEST);
  });
  server.on('connect', (request, socket) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => {
      // As Node does if it keeps its parser: this lets the response emit `close`.
      response.detachSocket(socket as Socket);
      response.destroy();
      socket.end();
      destroyLater(request.socket);
    });
    socket.on('error', () => socket.destroy());
    serve(request, response);
  });
  return { server, connections };
}

/**
 * Classes for the server's requests and responses that have Express' prototypes from the start. Express would set them on
 * each object, which makes V8 discard its hidden class: that costs a seventh of the throughput.
 */
function adoptClasses(application: Express): {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
} {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  application.request = Object.setPrototypeOf(ExpressRequest.prototype, application.request) as Request;
  application.response = Object.setPrototypeOf(ExpressResponse.prototype, application.response) as Response;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/** Destroys a connection that the client does not close after its last response. */
function destroyLater(socket: Socket): void {
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Calls back with the status once a response is sent, or once it can no longer be sent. */
function onSent(response: ServerResponse, callback: (status: number) => void): void {
  // Emitted for every response, including one that waits behind others when its connection is closed.
  response.on('close', () => callback(response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST));
}

function isRoutable(request: IncomingMessage): boolean {
  const { headers, httpVersionMinor, method, url = '' } = request;
  return isUnambiguous(request) && isHostValid(headers.host, httpVersionMinor) && isTargetWellFormed(url, method);
}

/** A response for a connection whose request Node did not parse, and has no ServerResponse for. */
function formatRefusal({ status, error, headers = [] }: Refusal, identifier: string): string {
  const json = formatError(error, identifier);
  const lines = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(json)}\r\n${lines}Connection: close\r\n\r\n${json}`
  );
}
