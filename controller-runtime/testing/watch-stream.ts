import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivedObject } from '../apply/live-object.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** The delay between the last event and the reset of a connection. */
const BREAK_MS = 5;

/** An event of a watch as the API server sends it. */
export interface ProxiedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ReceivedObject;
}

/** Returns the events to send instead of an event. `break` resets the connection at that point. */
export type RewriteEvent = (event: ProxiedEvent, request: ProxiedRequest) => readonly (ProxiedEvent | 'break')[];

/** The faults of a watch. */
export interface WatchStreamOptions {
  readonly isHeld: () => boolean;
  readonly rewrite: (event: ProxiedEvent) => readonly (ProxiedEvent | 'break')[];
  /** Whether the watch ends in the middle of its first event. */
  readonly isTruncated: boolean;
}

/** Forwards a watch from the API server to an operator, event by event. */
export class WatchStream {
  readonly #from: IncomingMessage;
  readonly #to: ServerResponse;
  readonly #options: WatchStreamOptions;
  readonly #held: ProxiedEvent[] = [];
  #rest = '';

  constructor(from: IncomingMessage, to: ServerResponse, options: WatchStreamOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /** Starts to forward events. */
  start(): void {
    this.#to.writeHead(200, { 'content-type': 'application/json' });
    this.#to.flushHeaders();
    this.#from.setEncoding('utf8');
    this.#from.on('data', (text: string) => this.#receive(text));
    this.#from.once('end', () => this.#to.end());
    this.#from.once('error', () => this.#to.destroy());
  }

  /** Sends an event that is not from the API server. */
  send(event: ProxiedEvent): void {
    this.#to.write(`${JSON.stringify(event)}\n`);
  }

  /** Forwards the delayed events. */
  flush(): void {
    for (const event of this.#held.splice(0)) this.#pass(event);
  }

  /** Resets the connection. */
  destroy(): void {
    this.#to.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      // SAFETY: the watch protocol.
      const event = JSON.parse(line) as ProxiedEvent;
      if (this.#options.isHeld()) this.#held.push(event);
      else this.#pass(event);
    }
  }

  #pass(event: ProxiedEvent): void {
    for (const rewritten of this.#options.rewrite(event)) {
      if (rewritten === 'break') {
        // Delayed as in a network, so that the client reads the earlier events first.
        setTimeout(() => this.#to.socket?.destroySoon(), BREAK_MS);
        return;
      }
      const line = `${JSON.stringify(rewritten)}\n`;
      if (this.#options.isTruncated) {
        this.#to.end(line.slice(0, line.length / 2));
        return;
      }
      this.#to.write(line);
    }
  }
}
