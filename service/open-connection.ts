import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection waits for its client, in milliseconds. */
export interface WaitLimits {
  /** Until the end of a request's head, from its first byte. */
  headersTimeout: number;
  /** Until the first byte of a request. */
  keepAliveTimeout: number;
}

/** What a client takes too long to send: its first request, or the rest of a head. */
export type Delay = 'first request' | 'head';

/**
 * An open connection, and how long it has waited for its client.
 *
 * Node counts the time for the first head from when the connection was opened, and counts no time for the empty lines
 * that may precede a head. So this class counts bytes that belong to no request. Times are those of `performance.now`.
 */
export class OpenConnection {
  readonly socket: Socket;
  readonly openedMs: number;
  #isUsed = false;
  /** The response to the latest request, until both are complete: kept longer, it would outlive the young generation. */
  #latest: ServerResponse | undefined;
  /** The earlier responses of pipelined requests, which are closed first. */
  #earlier: ServerResponse[] = [];
  /** Whether a request has arrived since `findDelay` last saw all of them complete. */
  #isNewlyUsed = false;
  /** The value of `socket.bytesRead` at that time. */
  #bytesOfRequests = 0;
  /** When more bytes than these were first seen. */
  #firstByteMs: number | undefined;

  constructor(socket: Socket, openedMs: number) {
    this.socket = socket;
    this.openedMs = openedMs;
  }

  /** Records that the head of a request has arrived, by its response. */
  receive(response: ServerResponse): void {
    this.#isUsed = true;
    this.#isNewlyUsed = true;
    if (this.#latest !== undefined) this.#earlier.push(this.#latest);
    this.#latest = response;
  }

  /** Records that a response is closed. */
  release(response: ServerResponse): void {
    if (this.#latest === response && !this.#isReceivingBody) this.#forgetResponses();
  }

  /** Whether the head of a request has ever arrived. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Whether nothing has arrived for at least this time. */
  isUnusedFor(ms: number, nowMs: number): boolean {
    return this.socket.bytesRead === 0 && nowMs - this.openedMs >= ms;
  }

  /** Whether the latest request has its response, but its body is incomplete. */
  get isAnsweredEarly(): boolean {
    return this.#isReceivingBody && this.#latest?.headersSent === true;
  }

  /** The first response that its handler has not ended yet although its request is complete. */
  get unansweredResponse(): ServerResponse | undefined {
    const responses = this.#isReceivingBody ? this.#earlier : [...this.#earlier, this.#latest];
    return responses.find((response) => response?.writableEnded === false);
  }

  /** Called at intervals. Returns what the client takes too long to send, at most one interval late. */
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
