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

/** One request, as the request log writes it. */
export interface AnsweredRequest {
  method: string;
  /** The target as the client wrote it. */
  target: string;
  /** The status that was sent, or CLIENT_CLOSED_REQUEST. */
  status: number;
  durationMs: number;
}

/** What the server needs besides the application. */
export interface PublicServerOptions {
  identifier: string;
  statistics: RequestStatistics;
  /** How many connections may be open at once; Infinity for no limit. */
  maxConnections: number;
  /** Whether shutdown has begun; every answer then says `Connection: close`. */
  isStopping: () => boolean;
  /** Called for each routed request once its answer has been sent, or cannot be; undefined while request logs are off. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** Called for each request that could not be read, with the status that was sent or CLIENT_CLOSED_REQUEST. */
  onRefused?: (status: number, reason: string) => void;
}

/** What ends a slow or greedy client's request: milliseconds, and bytes of request line and headers. */
export const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  // Longer than the usual 60 s of load balancers and proxies: the side that sends requests must close first, or it
  // may send one into a connection that is just being closed here.
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const;

/** What counts as the status where the client has closed its connection before the answer was sent. The number is nginx'. */
export const CLIENT_CLOSED_REQUEST = 499;

/** How long a client may take to read the last answer on a connection before that is destroyed. */
const LINGER_MS = 1_000;

/** A server, and its connections that are open. */
export interface PublicServer {
  server: Server;
  connections: ReadonlyMap<Socket, OpenConnection>;
}

/**
 * An HTTP server, not listening yet, that hands every request to the application's router and answers in JSON those that
 * are not HTTP enough to be routed. `limits` replaces some of LIMITS.
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
    // After `Upgrade` Node's parser drops what follows in the same packet, also where the upgrade is ignored.
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

  /** Answers a request that was parsed but is not one that may be routed, and closes its connection. */
  function refuseRequest(response: ServerResponse, { status, error }: Refusal): void {
    response.shouldKeepAlive = false;
    onSent(response, (sent) => recordRefusal(sent, 'not routed'));
    answer(response, status, formatError(error, identifier));
  }

  function recordRefusal(status: number, reason: string): void {
    statistics.refuse(status);
    onRefused?.(status, reason);
  }

  /** Answers a connection whose request could not be read, once the requests before it have their answers. */
  function refuseConnection(error: UnreadableRequestError, socket: Socket): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    refuseWhenAnswered(error, socket);
  }

  function refuseWhenAnswered(error: UnreadableRequestError, socket: Socket): void {
    const before = connections.get(socket)?.unansweredResponse;
    if (before !== undefined) before.on('close', () => refuseWhenAnswered(error, socket));
    // Answers may still be on their way into the socket.
    else setImmediate(() => refuseNow(error, socket));
  }

  function refuseNow(error: UnreadableRequestError, socket: Socket): void {
    if (!socket.writable) return void socket.destroy();
    if (connections.get(socket)?.isAnsweredEarly) {
      // Only the body is malformed or slow. A second answer would be taken for the next request's.
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
      // Node's own answer to a missing Host is not JSON.
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
      // As Node does where it has a parser for what follows: this lets the response emit `close`.
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
 * each object, which makes V8 drop what it knows of its shape: a seventh of the throughput.
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

/** Ends a connection whose client does not, though it has got its last answer. */
function destroyLater(socket: Socket): void {
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Calls back once a response has been sent, with its status, or once it cannot be any more. */
function onSent(response: ServerResponse, callback: (status: number) => void): void {
  // Emitted for every response, also for one that waits behind others when its connection is closed.
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
