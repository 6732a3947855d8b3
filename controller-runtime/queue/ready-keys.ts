/** Why a key waits: something has changed, or a delay is over, such as that of a retry. */
export type Priority = 'event' | 'retry';

/** While a retry waits, it is handed out after this many events. */
const EVENTS_PER_RETRY = 4;

/**
 * Keys that wait for a worker, each once. Those of one priority are taken in order, events first: a thousand keys that fail
 * delay no event. One in five is a retry all the same, so that retries proceed where events never end.
 */
export class ReadyKeys<Key> {
  // A Set keeps the order.
  readonly #events = new Set<Key>();
  readonly #retries = new Set<Key>();
  /** How many events were taken in a row while a retry waited. */
  #passedOver = 0;

  get size(): number {
    return this.#events.size + this.#retries.size;
  }

  /** Adds a key behind those of its priority. A retry becomes an event when something changes; an event keeps its place. */
  add(key: Key, priority: Priority): void {
    if (priority === 'retry') {
      if (!this.#events.has(key)) this.#retries.add(key);
      return;
    }
    this.#retries.delete(key);
    this.#events.add(key);
  }

  /** Removes and returns the key whose turn it is; undefined when none waits. */
  take(): Key | undefined {
    const isTurnOfRetry = this.#events.size === 0 || this.#passedOver >= EVENTS_PER_RETRY;
    const priority = isTurnOfRetry && this.#retries.size > 0 ? this.#retries : this.#events;
    const [key] = priority;
    if (key === undefined) return undefined;
    priority.delete(key);
    this.#passedOver = priority === this.#events && this.#retries.size > 0 ? this.#passedOver + 1 : 0;
    return key;
  }

  clear(): void {
    this.#events.clear();
    this.#retries.clear();
  }
}
