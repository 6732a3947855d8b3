import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection waits for its client, in milliseconds. */
export interface WaitLimits {
  /** For the end of a request's head, from its first byte. */
  headersTimeout: number;
  /** For a request, while nothing comes. */
  keepAliveTimeout: number;
}

/** What a client takes too long to send: its first request, or the rest of a head. */
export type Delay = 'first request' | 'head';

/**
 * An open connection, and how long it has waited for its client.
 *
 * Node counts the time for the first head from when the connection was opened, and counts no time for the empty lines
 * that may come before a head. So bytes are counted here that belong to no request. Times are those of `performance.now`.
 */
export class OpenConnection {
  readonly socket: Socket;
  readonly openedMs: number;
  #isUsed = false;
  /** The response to the latest request, until both are complete: kept longer, it would outlive the young generation. */
  #latest: ServerResponse | undefined;
  /** The responses before it, where requests are pipelined. They are closed before it. */
  #earlier: ServerResponse[] = [];
  /** Whether a request has arrived since `findDelay` last saw all of them complete. */
  #isNewlyUsed = false;
  /** What `socket.bytesRead` was then. */
  #bytesOfRequests = 0;
  /** When bytes beyond these were first seen. */
  #firstByteMs: number | undefined;

  constructor(socket: Socket, openedMs: number) {
    this.socket = socket;
    this.openedMs = openedMs;
  }

  /** Notes that the head of a request has arrived, by the response to it. */
  receive(response: ServerResponse): void {
    this.#isUsed = true;
    this.#isNewlyUsed = true;
    if (this.#latest !== undefined) this.#earlier.push(this.#latest);
    this.#latest = response;
  }

  /** Notes that a response has been closed. */
  release(response: ServerResponse): void {
    if (this.#latest === response && !this.#isReceivingBody) this.#forgetResponses();
  }

  /** Whether the head of a request has ever arrived. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Whether nothing has arrived, for at least so long. */
  isUnusedFor(ms: number, nowMs: number): boolean {
    return this.socket.bytesRead === 0 && nowMs - this.openedMs >= ms;
  }

  /** Whether the latest request has its answer, but its body has not arrived as a whole. */
  get isAnsweredEarly(): boolean {
    return this.#isReceivingBody && this.#latest?.headersSent === true;
  }

  /** The first response that its handler has not ended yet, though its request has arrived as a whole. */
  get unansweredResponse(): ServerResponse | undefined {
    const responses = this.#isReceivingBody ? this.#earlier : [...this.#earlier, this.#latest];
    return responses.find((response) => response?.writableEnded === false);
  }

  /** Called at intervals, finds what the client has taken too long for by now: at most one interval late. */
  findDelay(nowMs: number, { headersTimeout, keepAliveTimeout }: WaitLimits): Delay | undefined {
    if (this.#latest !== undefined && (!this.#latest.closed || this.#isReceivingBody)) return undefined;
    if (this.#isNewlyUsed) {
      this.#isNewlyUsed = false;
      this.#forgetResponses();
      this.#bytesOfRequests = this.socket.bytesRead;
      this.#firstByteMs = undefined;
    }
    if (this.socket.bytesRead > this.#bytesOfRequests) {
      this.#firstByteMs ??= nowMs;
      return nowMs - this.#firstByteMs >= headersTimeout ? 'head' : undefined;
    }
    return this.isUnusedFor(keepAliveTimeout, nowMs) ? 'first request' : undefined;
  }

  get #isReceivingBody(): boolean {
    return this.#latest?.req.complete === false;
  }

  #forgetResponses(): void {
    this.#latest = undefined;
    if (this.#earlier.length > 0) this.#earlier = [];
  }
}
