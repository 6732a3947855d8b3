import type { ServerResponse } from 'node:http';

/** As in the API server: each watch that requests bookmarks gets one about every minute. */
const BOOKMARK_INTERVAL_MS = 60_000;

/** An event of a watch, as the API server sends it. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: object;
}

/** The response to one watch request, which can fail in several ways. */
export class WatchStream {
  readonly #response: ServerResponse;
  #isSilent = false;
  #cut: 'and end' | 'and continue' | undefined;

  /** `bookmark` returns the next bookmark to send. Without it, the watch gets none. */
  constructor(response: ServerResponse, bookmark?: () => WatchEvent) {
    this.#response = response;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (bookmark === undefined) return;
    const timer = setInterval(() => this.send(bookmark()), BOOKMARK_INTERVAL_MS);
    response.once('close', () => clearInterval(timer));
  }

  send(event: WatchEvent): void {
    if (this.#isSilent || this.#response.writableEnded) return;
    const line = JSON.stringify(event);
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut === undefined) this.#response.write(`${line}\n`);
    else if (cut === 'and continue') this.#response.write(`${line.slice(0, line.length / 2)}\n`);
    else this.#response.end(line.slice(0, line.length / 2));
  }

  /** Ends the response, as the API server does when the watch times out. */
  end(): void {
    this.#response.end();
  }

  /** Resets the TCP connection. */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  /** Sends nothing from now on, and keeps the connection open. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Sends only the first half of the next event, and then ends the response or continues with the next line. */
  cutNextEvent(then: 'and end' | 'and continue'): void {
    this.#cut = then;
  }
}
