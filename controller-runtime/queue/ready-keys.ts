/** Why a key is in the queue: an event enqueued it, or its delay (such as the backoff of a retry) has elapsed. */
export type Priority = 'event' | 'retry';

/** The number of events that a worker takes before a waiting retry. */
const EVENTS_PER_RETRY = 4;

/**
 * The keys that wait for a worker, each once. Keys of one priority are taken in order, events before retries, so that a
 * thousand failing keys delay no event. Every fifth key is a retry, so that a constant stream of events starves no retry.
 */
export class ReadyKeys<Key> {
  // A Set keeps the insertion order.
  readonly #events = new Set<Key>();
  readonly #retries = new Set<Key>();
  /** The number of consecutive events taken while a retry waits. */
  #consecutiveEvents = 0;

  get size(): number {
    return this.#events.size + this.#retries.size;
  }

  /** Adds a key at the end of its priority. An event upgrades a waiting retry; a waiting event keeps its place. */
  add(key: Key, priority: Priority): void {
    if (priority === 'retry') {
      if (!this.#events.has(key)) this.#retries.add(key);
      return;
    }
    this.#retries.delete(key);
    this.#events.add(key);
  }

  /** Removes and returns the next key, or undefined if there is none. */
  take(): Key | undefined {
    const isRetryNext = this.#events.size === 0 || this.#consecutiveEvents >= EVENTS_PER_RETRY;
    const priority = isRetryNext && this.#retries.size > 0 ? this.#retries : this.#events;
    const [key] = priority;
    if (key === undefined) return undefined;
    priority.delete(key);
    this.#consecutiveEvents = priority === this.#events && this.#retries.size > 0 ? this.#consecutiveEvents + 1 : 0;
    return key;
  }

  clear(): void {
    this.#events.clear();
    this.#retries.clear();
  }
}
