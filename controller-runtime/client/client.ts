import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Clock, sleep, systemClock } from '../clock/clock.ts';
import type { ApiServerConnection } from './connection.ts';
import { ApiError, ConnectionError, MalformedResponseError, type StatusBody, WriteFencedError } from './errors.ts';

/** A signal that never fires. */
const NEVER = new AbortController().signal;

/** The default timeout of a request, except for a watch. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The content type of a body, which selects the kind of write. */
export type BodyType =
  'application/json' | 'application/json-patch+json' | 'application/merge-patch+json' | 'application/apply-patch+yaml';

/** A request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodyType?: BodyType;
  readonly timeoutMs?: number;
}

/** Called with the HTTP status of each response, or 0 if there is none. */
export type RequestObserver = (method: string, code: number) => void;

/** The options of a client. */
export interface KubeClientOptions {
  readonly connection: ApiServerConnection;
  readonly userAgent: string;
  /** The field manager of all writes. The default is the user agent up to its first slash, as in the API server. */
  readonly fieldManager?: string;
  readonly onResponse?: RequestObserver;
  /** Whether the API server only tries the writes (`dryRun=All`) and stores nothing. */
  readonly dryRun?: boolean;
  /** Called before each write. If it returns false, the write fails with a WriteFencedError. */
  readonly mayWrite?: () => boolean;
  /** Measures Retry-After. The default is the system clock. */
  readonly clock?: Clock;
}

/**
 * Sends all requests of a controller to the API server. After a response with `Retry-After` it delays all requests until
 * that time has passed, since API Priority and Fairness throttles the flow of a client, not one object.
 */
export class KubeClient {
  /** The field manager of all writes. */
  readonly fieldManager: string;
  readonly #connection: ApiServerConnection;
  readonly #userAgent: string;
  readonly #onResponse: RequestObserver;
  readonly #mayWrite: () => boolean;
  readonly #dryRun: boolean;
  readonly #clock: Clock;
  /** When the last Retry-After ends. */
  #pausedUntilMs = 0;

  constructor(options: KubeClientOptions) {
    this.#connection = options.connection;
    this.#userAgent = options.userAgent;
    this.fieldManager = options.fieldManager ?? options.userAgent.replace(/\/.*/, '');
    this.#onResponse = options.onResponse ?? (() => undefined);
    this.#mayWrite = options.mayWrite ?? (() => true);
    this.#dryRun = options.dryRun ?? false;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Sends a request and resolves to the parsed response. Rejects with an ApiError, a ConnectionError, a
   * MalformedResponseError or, if the client is not allowed to write, a WriteFencedError.
   */
  async send<T>(request: ApiRequest, signal?: AbortSignal): Promise<T> {
    await this.untilAllowed(signal);
    const deadline = new Deadline(request.timeoutMs ?? REQUEST_TIMEOUT_MS, signal);
    let text: string;
    try {
      text = await readAll(await this.open(request, deadline.signal), request, deadline.signal);
    } catch (error) {
      if (deadline.isExceeded) this.closeIdleConnections();
      throw error;
    } finally {
      deadline.clear();
    }
    try {
      // SAFETY: the caller names the type that the API documents for this path.
      return JSON.parse(text) as T;
    } catch (error) {
      throw new MalformedResponseError(describe(request), error);
    }
  }

  /** Sends a request and resolves to the response once its headers are received. Rejects like `send`. */
  async open(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let response: IncomingMessage;
    try {
      response = await this.#exchange(request, signal);
    } catch (error) {
      if (error instanceof WriteFencedError) throw error;
      this.#onResponse(request.method, 0);
      throw connectionErrorOf(request, error, signal);
    }
    const code = response.statusCode ?? 0;
    this.#onResponse(request.method, code);
    if (code === 401) this.#connection.expireCredentials();
    if (code >= 300) {
      const error = await apiErrorOf(response, request, signal);
      this.pause(error.retryAfterMs ?? 0);
      throw error;
    }
    return response;
  }

  /** Resolves once Retry-After has passed, or the signal is aborted. */
  async untilAllowed(signal: AbortSignal = NEVER): Promise<void> {
    for (let waitMs = this.#pauseMs(); waitMs > 0 && !signal.aborted; waitMs = this.#pauseMs()) {
      await sleep(this.#clock, waitMs, signal);
    }
  }

  /** Delays all requests for `ms` milliseconds, because of Retry-After. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#clock.monotonicMs() + ms);
  }

  #pauseMs(): number {
    return this.#pausedUntilMs - this.#clock.monotonicMs();
  }

  /**
   * Closes idle connections. If one connection has died silently, the others may be dead too, and each of them would make
   * another request time out.
   */
  closeIdleConnections(): void {
    this.#connection.closeIdle();
  }

  async #exchange(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { agent, headers: credentials } = await this.#connection.get();
    // Checked last, because reading the credentials can take a while.
    if (request.method !== 'GET' && !this.#mayWrite()) throw new WriteFencedError(describe(request));
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: OutgoingHttpHeaders = { ...credentials, accept: 'application/json', 'user-agent': this.#userAgent };
    if (body !== undefined) {
      headers['content-type'] = request.bodyType ?? 'application/json';
      headers['content-length'] = body.length;
    }
    const { server } = this.#connection;
    const send = server.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send({
      agent,
      headers,
      method: request.method,
      protocol: server.protocol,
      hostname: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}${queryString(this.#queryOf(request))}`,
      signal,
    });
    const head = responseTo(sent);
    sent.end(body);
    return head;
  }

  #queryOf({ method, query }: ApiRequest): ApiRequest['query'] {
    return this.#dryRun && method !== 'GET' ? { ...query, dryRun: 'All' } : query;
  }
}

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    // Not `once`: a reset in the middle of the response is also reported here.
    sent.on('error', reject);
  });
}

function readAll(response: IncomingMessage, request: ApiRequest, signal: AbortSignal): Promise<string> {
  // By events: iterating a response takes several times as long.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', (error) => reject(connectionErrorOf(request, error, signal)));
  });
}

/** Aborts a signal after a time, or with another signal. Costs a fraction of `AbortSignal.any` and `AbortSignal.timeout`. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;
  #isExceeded = false;

  constructor(timeoutMs: number, parent?: AbortSignal) {
    this.#parent = parent;
    this.#timer = setTimeout(() => {
      this.#isExceeded = true;
      this.#controller.abort(new DOMException(`timeout: no response within ${timeoutMs / 1000} s`, 'TimeoutError'));
    }, timeoutMs).unref();
    if (parent?.aborted === true) this.#onParentAbort();
    parent?.addEventListener('abort', this.#onParentAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time has passed. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }

  readonly #onParentAbort = (): void => this.#controller.abort(this.#parent?.reason);
}

/** Node reports every aborted request as "aborted". The signal has the reason. */
function connectionErrorOf(request: ApiRequest, error: unknown, signal: AbortSignal): ConnectionError {
  return new ConnectionError(describe(request), signal.aborted ? signal.reason : error);
}

async function apiErrorOf(response: IncomingMessage, request: ApiRequest, signal: AbortSignal): Promise<ApiError> {
  const text = await readAll(response, request, signal).catch(() => '');
  const retryAfter = Number(response.headers['retry-after']);
  return new ApiError(
    describe(request),
    response.statusCode ?? 0,
    statusOf(text),
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : undefined,
  );
}

function statusOf(text: string): StatusBody {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null) return status;
  } catch {
    // Some responses are not a Status: an error page of a proxy, or the plain text of an overloaded server.
  }
  return { message: text.slice(0, 500).trim() };
}

function queryString(query: ApiRequest['query']): string {
  return query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
}

function describe(request: ApiRequest): string {
  return `${request.method} ${request.path}`;
}
